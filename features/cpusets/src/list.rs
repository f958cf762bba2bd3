//! A list of processors, as the kernel writes it.

use std::error::Error;
use std::fmt;
use std::fs;
use std::str::FromStr;

use rustix::thread::CpuSet;

/// Processors by their numbers, in the format of cpuset(7): `0-2,5`.
///
/// ```
/// use watchers_cpusets::CpuList;
///
/// let list: CpuList = "0-2,5".parse()?;
/// assert_eq!(list.to_string(), "0-2,5");
/// assert!("".parse::<CpuList>().is_err());
/// assert!("2-0".parse::<CpuList>().is_err());
/// # Ok::<(), watchers_cpusets::ListError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuList {
    text: String,
    set: CpuSet,
}

/// A text that is no list of processors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError(String);

impl CpuList {
    /// Whether every processor of the list can be used now. What a list has too much does no harm.
    pub(crate) fn is_usable(&self) -> bool {
        let online = fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
        online.trim().parse::<CpuList>().is_ok_and(|online| meet(&self.set, &online.set))
    }

    pub(crate) fn set(&self) -> &CpuSet {
        &self.set
    }

    /// Whether all of `others` are in the list.
    pub(crate) fn holds(&self, others: &CpuSet) -> bool {
        (0..CpuSet::MAX_CPU).all(|cpu| !others.is_set(cpu) || self.set.is_set(cpu))
    }
}

fn meet(one: &CpuSet, other: &CpuSet) -> bool {
    (0..CpuSet::MAX_CPU).any(|cpu| one.is_set(cpu) && other.is_set(cpu))
}

impl FromStr for CpuList {
    type Err = ListError;

    fn from_str(text: &str) -> Result<CpuList, ListError> {
        let mut set = CpuSet::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if first <= last && last < CpuSet::MAX_CPU => {
                    (first..=last).for_each(|cpu| set.set(cpu));
                }
                _ => return Err(ListError(text.to_owned())),
            }
        }
        Ok(CpuList { text: text.to_owned(), set })
    }
}

impl fmt::Display for CpuList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no list of processors, such as 0-2,5", self.0)
    }
}

impl Error for ListError {}
