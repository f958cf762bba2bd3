//! x86-64, with 32-bit system calls (`int 0x80`, and 32-bit programs).
#![allow(unsafe_code, reason = "one system call by inline assembly, which may not touch errno")]

use std::mem::offset_of;

use watchers::{Errno, Tid};

use super::x86_64_calls::{I386, NATIVE};
use crate::sys::ptrace;
use crate::syscall::Call;

/// The user-mode registers of a stopped task, as the kernel gives them.
#[doc(alias = "user_regs_struct")]
pub type Registers = libc::user_regs_struct;

/// Makes the call that a task is about to enter a no-op that returns `-errno`.
///
/// KERNEL: at an entry or seccomp stop a number of -1 skips the call and leaves rax as the tracer set it
/// (arch/x86/entry/common.c; kernel/seccomp.c `__seccomp_filter`).
pub(crate) fn skip_call(tid: Tid, errno: Errno) -> Result<(), Errno> {
    answer_call(tid, -i64::from(errno.as_raw()))
}

/// As [`skip_call`], with any result.
pub(crate) fn answer_call(tid: Tid, result: i64) -> Result<(), Errno> {
    ptrace::poke_user(tid, offset_of!(libc::user_regs_struct, rax), result as u64)?;
    ptrace::poke_user(tid, offset_of!(libc::user_regs_struct, orig_rax), u64::MAX)
}

/// The call of a stopped task that a signal has made answer EINTR.
pub(crate) fn interrupted_call(tid: Tid) -> Option<Call> {
    // One word first: hardly any signal interrupts a call.
    let result = ptrace::peek_user(tid, offset_of!(libc::user_regs_struct, rax)).ok()?;
    if result != i64::from(-libc::EINTR) as u64 {
        return None;
    }
    let regs = ptrace::registers(tid).ok()?;
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
pub(super) const CODE_64: u64 = 0x33;

/// Where the stack of a stopped task ends.
pub(crate) fn stack_pointer(tid: Tid) -> Result<u64, Errno> {
    ptrace::peek_user(tid, offset_of!(libc::user_regs_struct, rsp))
}

/// The registers of a stopped task.
pub(crate) fn registers(tid: Tid) -> Result<Registers, Errno> {
    ptrace::registers(tid)
}

/// What a register is for, whatever its name.
///
/// Of system calls, that is: at their stops the kernel has the number in [`Call`](Role::Call), and
/// [`Result`](Role::Result) is what the task gets. A 32-bit program has its arguments in the registers of its own ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Where it goes on.
    #[doc(alias = "rip")]
    Instruction,
    /// The end of its stack.
    #[doc(alias = "rsp")]
    Stack,
    /// The number of its call; negative where it is in none.
    #[doc(alias = "orig_rax")]
    Call,
    /// The result of its call; a failure is a negated errno.
    #[doc(alias = "rax")]
    Result,
    /// The first argument of its call.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The fifth.
    Fifth,
    /// The sixth.
    Sixth,
}

/// The register that has this role.
pub(crate) fn register(tid: Tid, role: Role) -> Result<u64, Errno> {
    ptrace::peek_user(tid, offset_of_role(tid, role)?)
}

/// Replaces the register that has this role.
pub(crate) fn set_register(tid: Tid, role: Role, value: u64) -> Result<(), Errno> {
    ptrace::poke_user(tid, offset_of_role(tid, role)?, value)
}

fn offset_of_role(tid: Tid, role: Role) -> Result<usize, Errno> {
    let is_64 = ptrace::peek_user(tid, offset_of!(libc::user_regs_struct, cs))? == CODE_64;
    Ok(match role {
        Role::Instruction => offset_of!(libc::user_regs_struct, rip),
        Role::Stack => offset_of!(libc::user_regs_struct, rsp),
        Role::Call => offset_of!(libc::user_regs_struct, orig_rax),
        Role::Result => offset_of!(libc::user_regs_struct, rax),
        Role::First if is_64 => offset_of!(libc::user_regs_struct, rdi),
        Role::Second if is_64 => offset_of!(libc::user_regs_struct, rsi),
        Role::Third => offset_of!(libc::user_regs_struct, rdx),
        Role::Fourth if is_64 => offset_of!(libc::user_regs_struct, r10),
        Role::Fifth if is_64 => offset_of!(libc::user_regs_struct, r8),
        Role::Sixth if is_64 => offset_of!(libc::user_regs_struct, r9),
        Role::First => offset_of!(libc::user_regs_struct, rbx),
        Role::Second => offset_of!(libc::user_regs_struct, rcx),
        Role::Fourth => offset_of!(libc::user_regs_struct, rsi),
        Role::Fifth => offset_of!(libc::user_regs_struct, rdi),
        Role::Sixth => offset_of!(libc::user_regs_struct, rbp),
    })
}

/// Replaces the registers of a stopped task.
pub(crate) fn set_registers(tid: Tid, registers: &Registers) -> Result<(), Errno> {
    ptrace::set_registers(tid, registers)
}

/// The instruction `syscall`.
pub(crate) const CALL: [u8; 2] = [0x0f, 0x05];

/// How many bytes below its stack pointer a function may use without moving it (the System V ABI, 3.2.2).
pub(crate) const RED_ZONE: u64 = 128;

/// Calls that no task makes for somebody else: they make tasks, load programs, or do not come back to where
/// they were made. (rt_sigreturn, clone, fork, vfork, execve, exit, restart_syscall, exit_group, execveat,
/// clone3)
pub(crate) const UNSUITABLE: &[i64] = &[15, 56, 57, 58, 59, 60, 219, 231, 322, 435];

/// The trap flag: a trap after the next instruction.
pub(super) const TRAP_FLAG: u64 = 1 << 8;

/// Whether the task runs 64-bit code.
pub(crate) fn is_native(registers: &Registers) -> bool {
    registers.cs == CODE_64
}

/// Where the instruction should be by which the task came into the kernel; `None` if it made no call, or if
/// that is another page than the one where it will go on, and perhaps none that may be executed.
pub(crate) fn behind(registers: &Registers) -> Option<u64> {
    const PAGE: u64 = 4096;
    let address = registers.rip.wrapping_sub(CALL.len() as u64);
    let made_a_call = registers.orig_rax as i64 >= 0;
    (made_a_call && address / PAGE == registers.rip / PAGE).then_some(address)
}

/// For a task on its way to user mode: it makes this call next, by the instruction at `instruction`.
///
/// KERNEL: with an orig_rax of -1 no signal on the way has the kernel look for a call to restart
/// (arch/x86/kernel/signal.c `arch_do_signal_or_restart`).
pub(crate) fn about_to_call(home: &Registers, instruction: u64, number: i64, args: [u64; 6]) -> Registers {
    let registers = with_arguments(home, args);
    Registers { rip: instruction, rax: number as u64, orig_rax: u64::MAX, ..registers }
}

/// For a task that is about to enter a call: it makes this one instead.
pub(crate) fn call_instead(home: &Registers, number: i64, args: [u64; 6]) -> Registers {
    Registers { orig_rax: number as u64, ..with_arguments(home, args) }
}

fn with_arguments(home: &Registers, [rdi, rsi, rdx, r10, r8, r9]: [u64; 6]) -> Registers {
    Registers { rdi, rsi, rdx, r10, r8, r9, eflags: home.eflags & !TRAP_FLAG, ..*home }
}

/// The registers of a task in a call, with the number and the arguments that it made the call with. (A 32-bit call's ebx
/// and ecx has its first two.)
pub(crate) fn as_called(now: &Registers, home: &Registers) -> Registers {
    let Registers { orig_rax, rdi, rsi, rdx, r10, r8, r9, rbx, rcx, .. } = *home;
    Registers { orig_rax, rdi, rsi, rdx, r10, r8, r9, rbx, rcx, ..*now }
}

/// A call that would make a task, such that the kernel refuses it.
///
/// KERNEL: a thread that does not share its signal handlers, and a `struct clone_args` of no bytes, are invalid
/// (kernel/fork.c `copy_process`, `copy_clone_args_from_user`).
pub(crate) fn made_invalid(home: &Registers, audit_arch: u32, call: Call) -> Registers {
    const CLONE_64: u64 = libc::SYS_clone as u64;
    const CLONE_32: u64 = 120;
    const THREAD: u64 = watchers::CloneFlags::CLONE_THREAD;
    match (call, audit_arch) {
        (Call::Clone3, I386) => Registers { rbx: 0, rcx: 0, ..*home },
        (Call::Clone3, _) => Registers { rdi: 0, rsi: 0, ..*home },
        (_, I386) => Registers { orig_rax: CLONE_32, rbx: THREAD, ..*home },
        _ => Registers { orig_rax: CLONE_64, rdi: THREAD, ..*home },
    }
}

/// The registers at the end of a call that returns `result`.
pub(crate) fn with_result(registers: &Registers, result: i64) -> Registers {
    Registers { rax: result as u64, ..*registers }
}

/// The registers of a task in a call as they were before it: it will make the call once more.
pub(crate) fn once_more(home: &Registers) -> Registers {
    Registers { rip: home.rip.wrapping_sub(CALL.len() as u64), rax: home.orig_rax, ..*home }
}

/// Whether the kernel is to restart the call that the task is in, or to make it answer EINTR, on its way to
/// user mode: ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND and ERESTART_RESTARTBLOCK (linux/errno.h).
pub(crate) fn restarts(home: &Registers) -> bool {
    home.orig_rax as i64 >= 0 && matches!(home.rax as i64, -514..=-512 | -516)
}

/// Where the stack ends, by these registers.
pub(crate) fn stack_of(registers: &Registers) -> u64 {
    registers.rsp
}

/// Whether a system call that waits, by number and stack pointer, may be one that makes a task.
///
/// KERNEL: /proc does not say which table a number is of; the stack of a 32-bit program is below 4 GiB, and that of a 64-bit one is at
/// the top of its memory, as a rule.
pub(crate) fn may_make_a_task(number: u64, stack: u64) -> bool {
    let makes = |table| super::call(table, number).as_ref().is_some_and(Call::makes_a_task);
    makes(NATIVE) || stack < 1 << 32 && makes(I386)
}

/// In a signal handler: where the instruction is that the interrupted thread executes next, if its registers are those of this call
/// with this first argument.
pub(crate) fn call_to_be(context: &libc::ucontext_t, number: i64, first: u64) -> Option<u64> {
    let register = |name: i32| context.uc_mcontext.gregs.get(name as usize).copied().unwrap_or(-1);
    let is_it = register(libc::REG_RAX) == number && register(libc::REG_RDI) as u64 == first;
    is_it.then(|| register(libc::REG_RIP) as u64)
}

/// In a signal handler: the interrupted thread goes on behind the call that it was about to make, which has failed.
pub(crate) fn give_up_call(context: &mut libc::ucontext_t, errno: Errno) {
    let [at, result] = [libc::REG_RIP, libc::REG_RAX].map(|name| name as usize);
    if let Some(at) = context.uc_mcontext.gregs.get_mut(at) {
        *at += CALL.len() as i64;
    }
    if let Some(result) = context.uc_mcontext.gregs.get_mut(result) {
        *result = -i64::from(errno.as_raw());
    }
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
