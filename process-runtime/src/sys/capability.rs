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

/// Restores the effective set to what the kernel's rule gives after a change of ids that keeps a root uid
/// somewhere: all of the permitted set under euid 0, nothing otherwise. Async-signal-safe.
pub(crate) fn settle_effective(euid: u32) {
    if let Ok([low, high]) = get() {
        let settled =
            |words: Words| Words { effective: if euid == 0 { words.effective } else { 0 }, ..words };
        let _ = set([settled(low), settled(high)]);
    }
}
