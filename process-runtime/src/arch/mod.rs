//! What differs between instruction sets: one file each, with the same items.
//!
//! Required items: [`NATIVE`] (the audit architecture), [`CALLS`] (the system calls that matter, per
//! audit architecture), [`skip_call`], [`interrupted_call`],
//! [`restart_call`], [`set_first_argument`], [`clone_arguments`],
//! [`Registers`], [`registers`], [`pause_for_ever`].

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::Registers;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::*;

#[cfg(not(target_arch = "x86_64"))]
compile_error!("process-runtime needs one file for this instruction set under src/arch/");

use crate::syscall::Call;

/// The system calls of one audit architecture that the runtime knows, by number.
#[derive(Debug)]
pub(crate) struct CallTable {
    /// The AUDIT_ARCH_* constant that `seccomp_data.arch` and PTRACE_GET_SYSCALL_INFO carry.
    pub(crate) audit_arch: u32,
    /// Number and meaning; several numbers may mean one call.
    pub(crate) calls: &'static [(u32, Call)],
}

/// What `number` means under `audit_arch`.
pub(crate) fn call(audit_arch: u32, number: u64) -> Option<Call> {
    let table = CALLS.iter().find(|table| table.audit_arch == audit_arch)?;
    table.calls.iter().find(|(nr, _)| u64::from(*nr) == number).map(|(_, call)| *call)
}
