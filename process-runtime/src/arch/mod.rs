//! What differs between instruction sets: five files each, with the same items.
//!
//! Required items: [`NATIVE`] (the audit architecture), [`CALLS`] (the system calls that matter, per
//! audit architecture), [`skip_call`], [`answer_call`], [`interrupted_call`],
//! [`restart_call`], [`set_first_argument`], [`clone_arguments`],
//! [`stack_pointer`], [`may_make_a_task`], [`call_to_be`], [`give_up_call`], [`Registers`], [`registers`], [`Role`], [`register`], [`set_register`], [`pause_for_ever`]; and for calls that a task makes for
//! us [`CALL`], [`RED_ZONE`], [`UNSUITABLE`], [`set_registers`], [`is_native`], [`behind`], [`about_to_call`],
//! [`call_instead`], [`as_called`], [`made_invalid`], [`with_result`], [`once_more`], [`restarts`], [`stack_of`]; and for traps
//! [`TRAP`], [`ENTRIES`], [`INSTRUCTION`], [`trap_address`], [`instruction_of`], [`at_instruction`], [`steps_itself`], [`passed_over`],
//! [`HiddenMask`], [`hidden_mask`]; and [`call_kernel`] and [`thread_pointer`].

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
mod x86_64_calls;
#[cfg(target_arch = "x86_64")]
mod x86_64_syscall;
#[cfg(target_arch = "x86_64")]
mod x86_64_thread;
#[cfg(target_arch = "x86_64")]
mod x86_64_trap;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::*;
#[cfg(target_arch = "x86_64")]
pub use x86_64::{Registers, Role};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64_calls::*;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64_syscall::*;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64_thread::*;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64_trap::*;

#[cfg(not(target_arch = "x86_64"))]
compile_error!("process-runtime needs one file for this instruction set under src/arch/");

use crate::syscall::Call;

/// The system calls of one audit architecture that the runtime knows, by number.
#[derive(Debug)]
pub(crate) struct CallTable {
    /// The AUDIT_ARCH_* constant that `seccomp_data.arch` and PTRACE_GET_SYSCALL_INFO carry.
    pub(crate) audit_arch: u32,
    /// What a second ABI of this architecture adds to its numbers; the calls we know have the same ones otherwise.
    pub(crate) mark: u32,
    /// Number and meaning; several numbers may mean one call.
    pub(crate) calls: &'static [(u32, Call)],
    /// The numbers whose arguments are ids of 16 bits.
    pub(crate) of_16_bits: &'static [u32],
}

/// What `number` means under `audit_arch`.
pub(crate) fn call(audit_arch: u32, number: u64) -> Option<Call> {
    let table = table(audit_arch)?;
    let number = number & !u64::from(table.mark);
    table.calls.iter().find(|(nr, _)| u64::from(*nr) == number).map(|(_, call)| *call)
}

/// Whether the ids that the call is given have 16 bits.
pub(crate) fn has_ids_of_16_bits(audit_arch: u32, number: u64) -> bool {
    table(audit_arch).is_some_and(|table| table.of_16_bits.iter().any(|nr| u64::from(*nr) == number))
}

/// Whether `number` is of the table that programs of this machine use: of no other architecture's, and no second ABI's.
pub(crate) fn is_native_call(audit_arch: u32, number: u64) -> bool {
    audit_arch == NATIVE && table(NATIVE).is_some_and(|table| number & u64::from(table.mark) == 0)
}

fn table(audit_arch: u32) -> Option<&'static CallTable> {
    CALLS.iter().find(|table| table.audit_arch == audit_arch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_of_another_abi_is_not_native() {
        for table in CALLS {
            let (number, mark) = (39, u64::from(table.mark));
            assert_eq!(is_native_call(table.audit_arch, number), table.audit_arch == NATIVE);
            assert!(mark == 0 || !is_native_call(table.audit_arch, number | mark));
        }
    }

    #[test]
    fn a_number_means_the_same_with_the_mark_of_its_abi() {
        for table in CALLS {
            for (number, means) in table.calls {
                let marked = call(table.audit_arch, u64::from(*number | table.mark));
                assert_eq!(marked, Some(*means), "{number} | {:#x}", table.mark);
            }
        }
    }
}
