//! Installing a seccomp filter in the calling thread.
#![allow(unsafe_code, reason = "seccomp(2) has no safe binding")]

use watchers::Errno;

use super::check;
use crate::filter::Instruction;

/// Installs `program`. EACCES: neither CAP_SYS_ADMIN in the user namespace nor `no_new_privs`.
/// Async-signal-safe.
#[doc(alias = "SECCOMP_SET_MODE_FILTER")]
pub(crate) fn install(program: &[Instruction]) -> Result<(), Errno> {
    let fprog = libc::sock_fprog {
        len: program.len() as u16,
        filter: program.as_ptr().cast::<libc::sock_filter>().cast_mut(),
    };
    let operation = libc::SECCOMP_SET_MODE_FILTER;
    // SAFETY: `Instruction` has sock_filter's layout (repr(C), checked there); the kernel reads `len` of
    // them and keeps no pointer.
    check(unsafe { libc::syscall(libc::SYS_seccomp, operation, 0, &raw const fprog) }).map(drop)
}

/// Gives up gaining privileges by exec, for this thread and its descendants. Async-signal-safe.
#[doc(alias = "PR_SET_NO_NEW_PRIVS")]
pub(crate) fn set_no_new_privs() -> Result<(), Errno> {
    // SAFETY: prctl with plain numbers.
    check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }.into()).map(drop)
}
