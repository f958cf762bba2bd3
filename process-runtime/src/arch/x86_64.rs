//! x86-64, with 32-bit system calls (`int 0x80`, and 32-bit programs).
#![allow(unsafe_code, reason = "one system call by inline assembly, which may not touch errno")]

use std::mem::offset_of;

use watchers::{Errno, Tid};

use super::CallTable;
use crate::sys::ptrace;
use crate::syscall::Call;

/// AUDIT_ARCH_X86_64.
pub(crate) const NATIVE: u32 = 0xc000_003e;
/// AUDIT_ARCH_I386.
const I386: u32 = 0x4000_0003;

/// The user-mode registers of a stopped task, as the kernel gives them.
#[doc(alias = "user_regs_struct")]
pub type Registers = libc::user_regs_struct;

/// Numbers from arch/x86/entry/syscalls/syscall_{64,32}.tbl.
pub(crate) const CALLS: &[CallTable] = &[
    CallTable {
        audit_arch: NATIVE,
        calls: &[
            (0, Call::Wait),
            (1, Call::Write),
            (19, Call::Wait),
            (43, Call::Wait),
            (45, Call::Wait),
            (47, Call::Wait),
            (56, Call::Clone),
            (57, Call::Fork),
            (58, Call::Vfork),
            (65, Call::Wait),
            (101, Call::Ptrace),
            (105, Call::SetUid),
            (106, Call::SetGid),
            (113, Call::SetReUid),
            (114, Call::SetReGid),
            (117, Call::SetResUid),
            (119, Call::SetResGid),
            (122, Call::SetFsUid),
            (123, Call::SetFsGid),
            (128, Call::Wait),
            (157, Call::Prctl),
            (208, Call::Wait),
            (220, Call::Wait),
            (232, Call::Wait),
            (281, Call::Wait),
            (288, Call::Wait),
            (299, Call::Wait),
            (317, Call::Seccomp),
            (333, Call::Wait),
            (426, Call::Wait),
            (435, Call::Clone3),
            (441, Call::Wait),
        ],
    },
    CallTable {
        audit_arch: I386,
        calls: &[
            (2, Call::Fork),
            (3, Call::Wait),
            (23, Call::SetUid),
            (26, Call::Ptrace),
            (46, Call::SetGid),
            (70, Call::SetReUid),
            (71, Call::SetReGid),
            (120, Call::Clone),
            (138, Call::SetFsUid),
            (139, Call::SetFsGid),
            (164, Call::SetResUid),
            (170, Call::SetResGid),
            (172, Call::Prctl),
            (177, Call::Wait),
            (190, Call::Vfork),
            (203, Call::SetReUid),
            (204, Call::SetReGid),
            (208, Call::SetResUid),
            (210, Call::SetResGid),
            (213, Call::SetUid),
            (214, Call::SetGid),
            (215, Call::SetFsUid),
            (216, Call::SetFsGid),
            (256, Call::Wait),
            (319, Call::Wait),
            (354, Call::Seccomp),
            (364, Call::Wait),
            (371, Call::Wait),
            (372, Call::Wait),
            (420, Call::Wait),
            (421, Call::Wait),
            (435, Call::Clone3),
        ],
    },
];

/// Makes the call that a task is about to enter a no-op that returns `-errno`.
///
/// KERNEL: at an entry or seccomp stop a number of -1 skips the call and leaves rax as the tracer set it
/// (arch/x86/entry/common.c; kernel/seccomp.c `__seccomp_filter`).
pub(crate) fn skip_call(tid: Tid, errno: Errno) -> Result<(), Errno> {
    let result = i64::from(-errno.as_raw()) as u64;
    ptrace::poke_user(tid, offset_of!(libc::user_regs_struct, rax), result)?;
    ptrace::poke_user(tid, offset_of!(libc::user_regs_struct, orig_rax), u64::MAX)
}

/// The call of a stopped task that a signal has made answer EINTR.
pub(crate) fn interrupted_call(tid: Tid) -> Option<Call> {
    let regs = ptrace::registers(tid).ok()?;
    if regs.rax != i64::from(-libc::EINTR) as u64 {
        return None;
    }
    let table = if regs.cs == CODE_64 { NATIVE } else { I386 };
    super::call(table, regs.orig_rax)
}

/// Has an interrupted call made again, unless a handler runs first.
///
/// KERNEL: -ERESTARTNOHAND in rax at a signal-delivery-stop is the kernel's own way to say so
/// (arch/x86/kernel/signal.c).
pub(crate) fn restart_call(tid: Tid) -> Result<(), Errno> {
    const ERESTARTNOHAND: i64 = 514;
    ptrace::poke_user(tid, offset_of!(libc::user_regs_struct, rax), -ERESTARTNOHAND as u64)
}

/// Replaces the first argument of the call that a task is about to enter.
pub(crate) fn set_first_argument(tid: Tid, audit_arch: u32, value: u64) -> Result<(), Errno> {
    let offset = match audit_arch {
        I386 => offset_of!(libc::user_regs_struct, rbx),
        _ => offset_of!(libc::user_regs_struct, rdi),
    };
    ptrace::poke_user(tid, offset, value)
}

/// The call that a task in a fork event stop is in, and its first two arguments.
///
/// KERNEL: both ABIs keep the number in orig_rax; a task with a 32-bit code segment, or one that used
/// `int 0x80`, has its arguments in ebx and ecx. TS_COMPAT is not visible, so the number decides: what is a
/// fork in one table is not in the other.
pub(crate) fn clone_arguments(tid: Tid) -> Result<Option<(Call, [u64; 2])>, Errno> {
    let regs = ptrace::registers(tid)?;
    let native = super::call(NATIVE, regs.orig_rax).filter(Call::makes_a_task);
    if let (Some(call), CODE_64) = (native, regs.cs) {
        return Ok(Some((call, [regs.rdi, regs.rsi])));
    }
    let compat = super::call(I386, regs.orig_rax).filter(Call::makes_a_task);
    Ok(compat.map(|call| (call, [regs.rbx & 0xffff_ffff, regs.rcx & 0xffff_ffff])))
}

/// The code segment of 64-bit user code (`__USER_CS`).
const CODE_64: u64 = 0x33;

/// The registers of a stopped task.
pub(crate) fn registers(tid: Tid) -> Result<Registers, Errno> {
    ptrace::registers(tid)
}

/// Calls `pause(2)` for ever, without errno, stack or thread-local storage.
pub(crate) fn pause_for_ever() -> ! {
    // SAFETY: pause(2) reads and writes no memory; the kernel clobbers rax, rcx and r11 only, and the loop
    // never ends.
    unsafe {
        core::arch::asm!(
            "2:",
            "mov eax, {pause}",
            "syscall",
            "jmp 2b",
            pause = const libc::SYS_pause,
            options(noreturn, nostack)
        )
    }
}
