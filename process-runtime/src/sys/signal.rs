//! Signal masks of our own threads, and signals sent, real-time ones too (which rustix cannot name).
#![allow(unsafe_code, reason = "pthread_sigmask(3) and kill(2) are called through libc")]

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};

use watchers::{Errno, Pid, Signal, Tid};

use super::check;

/// A thread's signal mask.
#[derive(Clone, Copy)]
pub(crate) struct Mask(libc::sigset_t);

impl Mask {
    /// The calling thread's mask.
    pub(crate) fn current() -> Mask {
        let mut set = MaybeUninit::zeroed();
        // SAFETY: with a null new mask the call only writes the old one to the live local.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), set.as_mut_ptr()) };
        // SAFETY: zeroed and then written by the call.
        Mask(unsafe { set.assume_init() })
    }

    /// What a tracer thread blocks: everything, so that no handler of the host's runs on it; but SIGCHLD
    /// only where it has a handler.
    ///
    /// KERNEL: every stop sends SIGCHLD to the tracer's process. With the default disposition it is dropped
    /// at once, unless the tracer thread blocks it: then it is queued, and wakes the host's main thread out
    /// of whatever it sleeps in, at every stop (kernel/signal.c `sig_ignored`).
    pub(crate) fn of_a_tracer() -> Mask {
        let mut set = MaybeUninit::zeroed();
        // SAFETY: sigfillset writes the live local.
        unsafe { libc::sigfillset(set.as_mut_ptr()) };
        // SAFETY: zeroed and then written by the call.
        let mut set = unsafe { set.assume_init() };
        if !has_handler(libc::SIGCHLD) {
            // SAFETY: a live set and a valid number.
            unsafe { libc::sigdelset(&raw mut set, libc::SIGCHLD) };
        }
        Mask(set)
    }

    /// The same, but `signal` is not blocked.
    fn without(mut self, signal: Signal) -> Mask {
        // SAFETY: a live set; a number that is none is refused.
        unsafe { libc::sigdelset(&raw mut self.0, signal.as_raw()) };
        self
    }

    /// Makes it the calling thread's mask. Async-signal-safe.
    pub(crate) fn install(&self) {
        // SAFETY: reads a live set; no old mask is asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
    }
}

/// Whether the process handles `signal`, rather than ignoring it or leaving it to the default.
fn has_handler(signal: i32) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with a null new action the call only writes the old one to the live local.
    unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: plain numbers, zeroed and then written by the call.
    let handler = unsafe { action.assume_init() }.sa_sigaction;
    handler != libc::SIG_DFL && handler != libc::SIG_IGN
}

/// Sends `signal` to a thread group whose leader we have not reaped yet, so that `pid` is still its own.
pub(crate) fn kill(pid: Pid, signal: Signal) -> Result<(), Errno> {
    // SAFETY: kill(2) takes two numbers.
    check(unsafe { libc::kill(pid.as_raw(), signal.as_raw()) }.into()).map(drop)
}

/// Sends `signal` to the process of a pidfd. ESRCH: it has ended.
#[doc(alias = "pidfd_send_signal")]
pub(crate) fn send(pidfd: BorrowedFd<'_>, signal: Signal) -> Result<(), Errno> {
    let siginfo: *const libc::siginfo_t = std::ptr::null();
    // SAFETY: a borrowed descriptor, a number, and a null siginfo, which the kernel then makes itself.
    let sent =
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal.as_raw(), siginfo, 0) };
    check(sent).map(drop)
}

/// Sends one thread a signal with all that comes with it. EPERM: not allowed, or a code that only the kernel uses.
/// EAGAIN: it has too many in its queue.
///
/// KERNEL: nobody can send others what looks as if it came from the kernel, kill(2) or tgkill(2) (kernel/signal.c
/// `do_rt_tgsigqueueinfo`).
#[doc(alias = "rt_tgsigqueueinfo")]
pub(crate) fn queue(
    pid: Pid,
    tid: Tid,
    signal: Signal,
    info: &[u8; size_of::<libc::siginfo_t>()],
) -> Result<(), Errno> {
    let (pid, tid, signal) = (pid.as_raw(), tid.as_raw(), signal.as_raw());
    // SAFETY: the kernel reads one siginfo from the address, which is that of borrowed bytes of that size.
    check(unsafe { libc::syscall(libc::SYS_rt_tgsigqueueinfo, pid, tid, signal, info.as_ptr()) }).map(drop)
}

/// Stops the calling process by the default action of `signal`; returns when it goes on.
///
/// The signal is for the calling thread, which takes it before its handler is put back.
///
/// KERNEL: a signal that a thread sends itself, and does not block, is delivered before the call returns
/// (kernel/entry/common.c `exit_to_user_mode_loop`); one for the process may be taken by any thread, any time.
pub(crate) fn stop_by(signal: Signal) {
    let mask = Mask::current();
    let mut former = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: plain numbers; all zero is the default action with an empty mask.
    let default: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: reads the one live local and writes the other.
    unsafe { libc::sigaction(signal.as_raw(), &raw const default, former.as_mut_ptr()) };
    mask.without(signal).install();
    // SAFETY: tgkill takes three numbers. raise(3) would do it with all signals blocked.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), libc::gettid(), signal.as_raw()) };
    mask.install();
    // SAFETY: puts back what the first call wrote.
    unsafe { libc::sigaction(signal.as_raw(), former.as_ptr(), std::ptr::null_mut()) };
}
