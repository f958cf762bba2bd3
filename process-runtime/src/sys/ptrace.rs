//! `ptrace(2)`, one function per request.
//!
//! Every call fails with ESRCH when the task is not stopped, not ours, or was killed meanwhile; for a
//! task that we know to be stopped this means that a wait status is coming.
#![allow(unsafe_code, reason = "ptrace(2) has no safe binding")]

use std::mem::MaybeUninit;

use libc::c_uint;
use watchers::{Errno, Tid};

use super::check_raw;
use crate::arch;
use crate::syscall::{SyscallInfo, SyscallPoint};

/// One request.
///
/// # Safety
///
/// Where the request takes `addr` or `data` for the address of memory of ours, that may be read and written as it does.
#[inline]
unsafe fn raw(request: c_uint, tid: Tid, addr: usize, data: usize) -> Result<usize, Errno> {
    // SAFETY: the caller's word.
    check_raw(unsafe {
        arch::call_kernel(libc::SYS_ptrace, [request as usize, tid.as_raw() as usize, addr, data, 0, 0])
    })
}

/// One request whose two arguments are plain numbers.
#[inline]
fn request(request: c_uint, tid: Tid, addr: usize, data: usize) -> Result<(), Errno> {
    // SAFETY: the requests made through this function take numbers, never a pointer into our memory.
    unsafe { raw(request, tid, addr, data) }.map(drop)
}

/// Becomes the tracer of `tid` without stopping it. EPERM: not allowed, or already traced.
#[doc(alias = "PTRACE_SEIZE")]
pub(crate) fn seize(tid: Tid, options: i32) -> Result<(), Errno> {
    request(libc::PTRACE_SEIZE, tid, 0, options as usize)
}

/// Asks a running tracee to stop; it reports an event stop with SIGTRAP.
#[doc(alias = "PTRACE_INTERRUPT")]
pub(crate) fn interrupt(tid: Tid) -> Result<(), Errno> {
    request(libc::PTRACE_INTERRUPT, tid, 0, 0)
}

/// Lets it run, delivering `signal` (0: none).
#[doc(alias = "PTRACE_CONT")]
pub(crate) fn cont(tid: Tid, signal: i32) -> Result<(), Errno> {
    request(libc::PTRACE_CONT, tid, 0, signal as usize)
}

/// Lets it run to its next system-call stop, delivering `signal` (0: none).
#[doc(alias = "PTRACE_SYSCALL")]
pub(crate) fn syscall(tid: Tid, signal: i32) -> Result<(), Errno> {
    request(libc::PTRACE_SYSCALL, tid, 0, signal as usize)
}

/// Lets it make one instruction, delivering `signal` (0: none).
#[doc(alias = "PTRACE_SINGLESTEP")]
pub(crate) fn single_step(tid: Tid, signal: i32) -> Result<(), Errno> {
    request(libc::PTRACE_SINGLESTEP, tid, 0, signal as usize)
}

/// Lets it run to its next branch, delivering `signal` (0: none). EIO: the processor cannot.
#[doc(alias = "PTRACE_SINGLEBLOCK")]
pub(crate) fn single_block(tid: Tid, signal: i32) -> Result<(), Errno> {
    /// asm/ptrace-abi.h; not in libc.
    const PTRACE_SINGLEBLOCK: c_uint = 33;
    request(PTRACE_SINGLEBLOCK, tid, 0, signal as usize)
}

/// Leaves it in its group-stop, but reports what ends that.
#[doc(alias = "PTRACE_LISTEN")]
pub(crate) fn listen(tid: Tid) -> Result<(), Errno> {
    request(libc::PTRACE_LISTEN, tid, 0, 0)
}

/// The number that belongs to the current event stop: a new child's tid, an exit status, a filter's data.
#[doc(alias = "PTRACE_GETEVENTMSG")]
pub(crate) fn event_message(tid: Tid) -> Result<u64, Errno> {
    let mut message: libc::c_ulong = 0;
    // SAFETY: the kernel writes one unsigned long to the address, which is that of a live local.
    unsafe { raw(libc::PTRACE_GETEVENTMSG, tid, 0, (&raw mut message) as usize) }?;
    Ok(message)
}

/// What a siginfo says of the signal, or of the stop, that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignalInfo {
    /// The signal's number.
    pub(crate) signal: i32,
    /// Where it came from: SI_USER, SYS_SECCOMP, …
    pub(crate) code: i32,
}

impl SignalInfo {
    fn of(info: &libc::siginfo_t) -> SignalInfo {
        SignalInfo { signal: info.si_signo, code: info.si_code }
    }
}

/// The siginfo of the current stop.
#[doc(alias = "PTRACE_GETSIGINFO")]
pub(crate) fn signal_info(tid: Tid) -> Result<SignalInfo, Errno> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: the kernel writes one siginfo to the address, which is that of a live local.
    unsafe { raw(libc::PTRACE_GETSIGINFO, tid, 0, info.as_mut_ptr() as usize) }?;
    // SAFETY: the struct is plain numbers; all of it was zeroed and then written by the kernel.
    Ok(SignalInfo::of(&unsafe { info.assume_init() }))
}

/// All of the siginfo of the current stop.
#[doc(alias = "PTRACE_GETSIGINFO")]
pub(crate) fn siginfo(tid: Tid) -> Result<[u8; size_of::<libc::siginfo_t>()], Errno> {
    let mut bytes = [0; size_of::<libc::siginfo_t>()];
    // SAFETY: the kernel writes one siginfo to the address, which is that of a live local of that size.
    unsafe { raw(libc::PTRACE_GETSIGINFO, tid, 0, bytes.as_mut_ptr() as usize) }?;
    Ok(bytes)
}

/// At a signal's delivery: replaces what comes with it.
#[doc(alias = "PTRACE_SETSIGINFO")]
pub(crate) fn set_siginfo(tid: Tid, bytes: &[u8; size_of::<libc::siginfo_t>()]) -> Result<(), Errno> {
    // SAFETY: the kernel reads one siginfo from the address, which is that of borrowed bytes of that size.
    unsafe { raw(libc::PTRACE_SETSIGINFO, tid, 0, bytes.as_ptr() as usize) }.map(drop)
}

/// The signal at `position` in the task's own queue, which that of its process is no part of.
#[doc(alias = "PTRACE_PEEKSIGINFO")]
pub(crate) fn queued_signal(tid: Tid, position: u64) -> Result<Option<SignalInfo>, Errno> {
    queued_signal_of(tid, Queue::OfTheTask, position)
}

/// Whose signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    OfTheTask,
    OfTheProcess,
}

/// The signal at `position` in one of the two queues that the task takes its signals from.
#[doc(alias = "PTRACE_PEEKSIGINFO_SHARED")]
pub(crate) fn queued_signal_of(tid: Tid, queue: Queue, position: u64) -> Result<Option<SignalInfo>, Errno> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let flags = u32::from(queue == Queue::OfTheProcess);
    let wanted = libc::ptrace_peeksiginfo_args { off: position, flags, nr: 1 };
    let request = libc::PTRACE_PEEKSIGINFO;
    // SAFETY: the kernel reads the one live local and writes at most one siginfo to the other.
    let n = unsafe { raw(request, tid, (&raw const wanted) as usize, info.as_mut_ptr() as usize) }?;
    // SAFETY: the struct is plain numbers; all of it was zeroed, and the kernel may have overwritten it.
    Ok((n > 0).then(|| SignalInfo::of(&unsafe { info.assume_init() })))
}

/// The signals that the task blocks: bit N - 1 is signal N.
#[doc(alias = "PTRACE_GETSIGMASK")]
pub(crate) fn signal_mask(tid: Tid) -> Result<u64, Errno> {
    let mut mask = 0u64;
    let size = size_of::<u64>();
    // SAFETY: the kernel writes `size` bytes to the address, which is that of a live local of that size.
    unsafe { raw(libc::PTRACE_GETSIGMASK, tid, size, (&raw mut mask) as usize) }?;
    Ok(mask)
}

/// Has the task block exactly these signals. SIGKILL and SIGSTOP are never blocked.
#[doc(alias = "PTRACE_SETSIGMASK")]
pub(crate) fn set_signal_mask(tid: Tid, mask: u64) -> Result<(), Errno> {
    let size = size_of::<u64>();
    // SAFETY: the kernel reads `size` bytes from the address, which is that of a live local of that size.
    unsafe { raw(libc::PTRACE_SETSIGMASK, tid, size, (&raw const mask) as usize) }.map(drop)
}

/// The ptrace event that the task is stopped for now; 0 at any other stop.
///
/// KERNEL: an event stop has a siginfo whose code is SIGTRAP with the event in the second byte, as in the
/// wait status (kernel/signal.c `ptrace_notify`).
pub(crate) fn event(tid: Tid) -> Result<i32, Errno> {
    let code = signal_info(tid)?.code;
    Ok(if code & 0xff == libc::SIGTRAP { code >> 8 } else { 0 })
}

/// What the current system-call or seccomp stop is about.
///
/// KERNEL: since 5.3; the only truth about entry or exit, where counting stops goes wrong.
#[doc(alias = "PTRACE_GET_SYSCALL_INFO")]
pub(crate) fn syscall_info(tid: Tid) -> Result<SyscallInfo, Errno> {
    let mut info = MaybeUninit::<libc::ptrace_syscall_info>::zeroed();
    let size = size_of::<libc::ptrace_syscall_info>();
    let request = libc::PTRACE_GET_SYSCALL_INFO;
    // SAFETY: the kernel writes at most `size` bytes, the size of the live local.
    unsafe { raw(request, tid, size, info.as_mut_ptr() as usize) }?;
    // SAFETY: the struct is plain numbers; all of it was zeroed and the kernel overwrote a prefix.
    let info = unsafe { info.assume_init() };
    Ok(SyscallInfo { at: point(&info), audit_arch: info.arch })
}

fn point(info: &libc::ptrace_syscall_info) -> SyscallPoint {
    match info.op {
        libc::PTRACE_SYSCALL_INFO_ENTRY => {
            // SAFETY: `op` says that the kernel filled this member, plain numbers.
            let entry = unsafe { info.u.entry };
            SyscallPoint::Entry { number: entry.nr, args: entry.args }
        }
        libc::PTRACE_SYSCALL_INFO_EXIT => {
            // SAFETY: as above.
            SyscallPoint::Exit { result: unsafe { info.u.exit.sval } }
        }
        libc::PTRACE_SYSCALL_INFO_SECCOMP => {
            // SAFETY: as above.
            let seccomp = unsafe { info.u.seccomp };
            SyscallPoint::Seccomp { number: seccomp.nr, args: seccomp.args, data: seccomp.ret_data }
        }
        _ => SyscallPoint::Elsewhere,
    }
}

/// The user-mode registers.
#[doc(alias = "PTRACE_GETREGS")]
pub(crate) fn registers(tid: Tid) -> Result<libc::user_regs_struct, Errno> {
    let mut regs = MaybeUninit::<libc::user_regs_struct>::zeroed();
    let mut area =
        libc::iovec { iov_base: regs.as_mut_ptr().cast(), iov_len: size_of::<libc::user_regs_struct>() };
    // SAFETY: the iovec describes the live local; the kernel writes at most its length.
    unsafe { raw(libc::PTRACE_GETREGSET, tid, NT_PRSTATUS, (&raw mut area) as usize) }?;
    // SAFETY: the struct is plain numbers; all of it was zeroed and the kernel overwrote a prefix.
    Ok(unsafe { regs.assume_init() })
}

/// Replaces the user-mode registers.
#[doc(alias = "PTRACE_SETREGS")]
pub(crate) fn set_registers(tid: Tid, regs: &libc::user_regs_struct) -> Result<(), Errno> {
    let mut area = libc::iovec {
        iov_base: std::ptr::from_ref(regs).cast_mut().cast(),
        iov_len: size_of::<libc::user_regs_struct>(),
    };
    // SAFETY: the iovec describes the borrowed struct; the kernel only reads it.
    unsafe { raw(libc::PTRACE_SETREGSET, tid, NT_PRSTATUS, (&raw mut area) as usize) }.map(drop)
}

/// The general registers, as a set of PTRACE_GETREGSET (linux/elf.h).
const NT_PRSTATUS: usize = 1;

/// Reads one word of the tracee's `struct user`.
#[doc(alias = "PTRACE_PEEKUSER")]
pub(crate) fn peek_user(tid: Tid, offset: usize) -> Result<u64, Errno> {
    let mut word = 0u64;
    // SAFETY: the system call, unlike libc's function of that name, writes one word to the address, which is that
    // of a live local.
    unsafe { raw(libc::PTRACE_PEEKUSER, tid, offset, (&raw mut word) as usize) }?;
    Ok(word)
}

/// Writes one word of the tracee's `struct user`.
#[doc(alias = "PTRACE_POKEUSER")]
pub(crate) fn poke_user(tid: Tid, offset: usize, word: u64) -> Result<(), Errno> {
    request(libc::PTRACE_POKEUSER, tid, offset, word as usize)
}

/// Writes one word of the tracee's memory, also where the tracee itself may only read.
#[doc(alias = "PTRACE_POKEDATA")]
pub(crate) fn poke_data(tid: Tid, address: u64, word: u64) -> Result<(), Errno> {
    request(libc::PTRACE_POKEDATA, tid, address as usize, word as usize)
}
