//! A policy, as the kernel writes it.

use std::error::Error;
use std::fmt;
use std::fs;
use std::str::FromStr;

use watchers::Errno;

/// A memory policy, in the format of `/proc/PID/numa_maps`: `default`, `local`, `prefer:NODE`, `bind:NODES` or
/// `interleave:NODES`, where nodes are numbers below 64, as in `0-2,5`.
///
/// ```
/// use watchers_mempolicy::Policy;
///
/// let policy: Policy = "bind:0,2-3".parse()?;
/// assert_eq!(policy.to_string(), "bind:0,2-3");
/// assert!("bind".parse::<Policy>().is_err());
/// assert!("prefer:0-1".parse::<Policy>().is_err());
/// # Ok::<(), watchers_mempolicy::PolicyError>(())
/// ```
#[doc(alias("MPOL_BIND", "MPOL_PREFERRED", "MPOL_INTERLEAVE", "MPOL_LOCAL"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    text: String,
    mode: i32,
    nodes: u64,
}

/// A text that is no policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError(String);

impl Policy {
    /// One of MPOL_* (linux/mempolicy.h).
    pub(crate) fn mode(&self) -> u64 {
        u64::from(self.mode.unsigned_abs())
    }

    /// Bit N is node N.
    pub(crate) fn nodes(&self) -> u64 {
        self.nodes
    }

    /// Whether the machine has what it names. ENOSYS: no policies at all; EINVAL: not all of its nodes have memory.
    pub(crate) fn check(&self) -> Result<(), Errno> {
        let there = fs::read_to_string("/sys/devices/system/node/has_memory").map_err(|_| Errno::ENOSYS)?;
        let there = nodes(there.trim()).unwrap_or(0);
        if self.nodes & !there == 0 { Ok(()) } else { Err(Errno::EINVAL) }
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Policy, PolicyError> {
        let (word, list) = text.split_once(':').map_or((text, None), |(word, list)| (word, Some(list)));
        let nodes = list.map(nodes);
        let (mode, nodes) = match (word, nodes) {
            ("default", None) => (libc::MPOL_DEFAULT, 0),
            ("local", None) => (libc::MPOL_LOCAL, 0),
            ("prefer", Some(Some(nodes))) if nodes.is_power_of_two() => (libc::MPOL_PREFERRED, nodes),
            ("bind", Some(Some(nodes))) => (libc::MPOL_BIND, nodes),
            ("interleave", Some(Some(nodes))) => (libc::MPOL_INTERLEAVE, nodes),
            _ => return Err(PolicyError(text.to_owned())),
        };
        Ok(Policy { text: text.to_owned(), mode, nodes })
    }
}

/// The nodes of a list such as `0-2,5`.
fn nodes(list: &str) -> Option<u64> {
    list.split(',').try_fold(0, |nodes, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last && last < u64::BITS)
            .then(|| (first..=last).fold(nodes, |nodes, node| nodes | 1 << node))
    })
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no memory policy, such as bind:0", self.0)
    }
}

impl Error for PolicyError {}
