//! The kernel's side of the house: every `unsafe` block of the crate is below this folder, but for three instructions in `arch`.
//!
//! # Safety
//!
//! A file here wraps one kernel facility, one function per request, and converts the result once
//! ([`check`], [`check_raw`]); nothing here keeps state, allocates on behalf of a caller between fork and exec, or knows
//! what a watcher is.
//!
//! | file | owns |
//! |---|---|
//! | `ptrace` | `ptrace(2)`, one function per request |
//! | `wait` | `wait4(2)` for the tracer's own tracees |
//! | `rseq` | `rseq(2)`: the tracer thread takes no part |
//! | `seccomp` | `seccomp(2)`, `prctl(PR_SET_NO_NEW_PRIVS)` |
//! | `gate` | what runs between fork and exec in a command |
//! | `alarm` | `timer_create(2)`, and a handler that ends a PTRACE_SEIZE which waits |
//! | `capability` | `capget(2)`, `capset(2)`, `PR_SET_KEEPCAPS` |
//! | `clock` | `clock_gettime(2)` of another process |
//! | `doorbell` | the `clone(2)` of the doorbell, which shares our memory |
//! | `memory` | `process_vm_readv(2)`, `process_vm_writev(2)` |
//! | `signal` | `pthread_sigmask(3)`, `kill(2)` |
//! | `startup` | what the process was given before Rust's runtime changed it |

pub(crate) mod alarm;
pub(crate) mod capability;
pub(crate) mod clock;
pub(crate) mod doorbell;
pub(crate) mod gate;
pub(crate) mod memory;
pub(crate) mod ptrace;
pub(crate) mod rseq;
pub(crate) mod seccomp;
pub(crate) mod signal;
pub(crate) mod startup;
pub(crate) mod wait;

use watchers::Errno;

/// What a failed call says; `-1` and `errno` become an [`Errno`] here and nowhere else.
#[inline]
pub(crate) fn check(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result == -1 { Err(last_errno()) } else { Ok(result) }
}

/// The same of a call that was made without the C library.
#[inline]
pub(crate) fn check_raw(result: isize) -> Result<usize, Errno> {
    usize::try_from(result).map_err(|_| Errno::from_raw(result.unsigned_abs() as i32))
}

/// The calling thread's `errno`.
#[cold]
pub(crate) fn last_errno() -> Errno {
    Errno::from_raw(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
}
