//! Capabilities across a change of user ids, so that a privileged supervisor can filter an unprivileged
//! command without `no_new_privs`.
//!
//! KERNEL: a change from a root uid to none clears the permitted set unless PR_SET_KEEPCAPS is on
//! (capabilities(7)); the flag is inherited by fork and cleared by exec.
#![allow(unsafe_code, reason = "capget(2) and capset(2) have no safe binding")]

use watchers::Errno;

use super::check;

const VERSION_3: u32 = 0x2008_0522;
const SYS_ADMIN: u32 = 1 << 21;
/// linux/securebits.h
const SECBIT_NO_SETUID_FIXUP: i32 = 1 << 2;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Words {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Keeps the permitted set of the calling thread over changes of user ids, also in its children to come.
pub(crate) fn keep_over_setuid() {
    // SAFETY: prctl with plain numbers.
    unsafe { libc::prctl(libc::PR_SET_KEEPCAPS, 1, 0, 0, 0) };
}

/// Undoes [`keep_over_setuid`]. Async-signal-safe.
pub(crate) fn keep_no_longer() {
    // SAFETY: prctl with plain numbers.
    unsafe { libc::prctl(libc::PR_SET_KEEPCAPS, 0, 0, 0, 0) };
}

fn get() -> Result<[Words; 2], Errno> {
    let mut header = Header { version: VERSION_3, pid: 0 };
    let mut words = [Words::default(); 2];
    // SAFETY: version 3 has a header and two blocks of three words, both live locals.
    check(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, words.as_mut_ptr()) })?;
    Ok(words)
}

fn set(words: [Words; 2]) -> Result<(), Errno> {
    let mut header = Header { version: VERSION_3, pid: 0 };
    // SAFETY: as in `get`; the kernel only reads the words.
    check(unsafe { libc::syscall(libc::SYS_capset, &raw mut header, words.as_ptr()) }).map(drop)
}

/// Makes CAP_SYS_ADMIN effective if it is permitted. Async-signal-safe.
pub(crate) fn raise_sys_admin() {
    if let Ok([low, high]) = get() {
        let _ = set([Words { effective: low.effective | (low.permitted & SYS_ADMIN), ..low }, high]);
    }
}

/// Empties the permitted and effective sets, as the kernel would have done at the change of ids.
/// Async-signal-safe.
pub(crate) fn drop_all() {
    if let Ok([low, high]) = get() {
        let empty = |words: Words| Words { effective: 0, permitted: 0, ..words };
        let _ = set([empty(low), empty(high)]);
    }
}

/// What a command has after the steps of its caller and before ours.
pub(crate) struct Held(Option<[Words; 2]>);

impl Held {
    /// What the calling thread has. Async-signal-safe.
    pub(crate) fn look() -> Held {
        Held(get().ok())
    }

    /// Whether, after a change from a root uid to none, somebody saw to it that capabilities stay: we keep the
    /// permitted set alone. Async-signal-safe.
    ///
    /// KERNEL: that change empties the effective and the ambient set, kept or not, unless SECBIT_NO_SETUID_FIXUP
    /// is on (security/commoncap.c `cap_emulate_setxuid`).
    pub(crate) fn by_choice(&self) -> bool {
        let is_effective = |words: &[Words; 2]| words.iter().any(|words| words.effective != 0);
        self.0.as_ref().is_some_and(is_effective) || is_unfixed() || has_ambient()
    }

    /// Makes the effective set what it was. Async-signal-safe.
    pub(crate) fn restore_effective(&self) {
        if let (Some(held), Ok([low, high])) = (self.0, get()) {
            let [low_then, high_then] = held;
            let as_then = |now: Words, then: Words| Words { effective: then.effective, ..now };
            let _ = set([as_then(low, low_then), as_then(high, high_then)]);
        }
    }
}

fn is_unfixed() -> bool {
    // SAFETY: prctl with plain numbers.
    let bits = unsafe { libc::prctl(libc::PR_GET_SECUREBITS, 0, 0, 0, 0) };
    bits > 0 && bits & SECBIT_NO_SETUID_FIXUP != 0
}

fn has_ambient() -> bool {
    let is_set = |capability: libc::c_ulong| {
        let query = libc::PR_CAP_AMBIENT_IS_SET as libc::c_ulong;
        // SAFETY: prctl with plain numbers.
        unsafe { libc::prctl(libc::PR_CAP_AMBIENT, query, capability, 0, 0) == 1 }
    };
    (0..64).any(is_set)
}
