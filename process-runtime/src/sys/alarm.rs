//! A PTRACE_SEIZE that does not wait for ever.
//!
//! KERNEL: PTRACE_SEIZE waits for the target's `cred_guard_mutex`, which an exec holds until all other threads of the process are
//! reaped (kernel/ptrace.c `ptrace_attach`, fs/exec.c `de_thread`). If one of them is our tracee, it is us who has to reap it, and we wait.
//! A signal ends that wait, but with ERESTARTNOINTR: whatever its handler is, the call is made again, as if there had been none.
//!
//! So a timer of the calling thread sends a signal when the call takes too long, and its handler, which finds the thread about to make
//! the call again, has it return EINTR instead.
//!
//! The signal is a real-time one that nobody has arranged anything for. For as long as somebody has an [`Alarm`] it has our handler,
//! which does nothing anywhere else, and only the threads that have one do not block it.
//!
//! # Alternatives
//!
//! 1. To seize only while no thread of the process is in an exec: it may begin one meanwhile.
//! 2. To reap the dying in the handler: their events would have to be told from there.
//! 3. A signal by another thread of ours instead of a timer: one thread more, with the same handler.
#![allow(unsafe_code, reason = "timer_create(2), sigaction(2) and the registers that a handler is given")]

use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use libc::{c_int, c_void};
use watchers::{Errno, Tid};

use super::{check, ptrace};
use crate::arch;

/// Has [`seize`](Alarm::seize) of the calling thread return. Stays on that thread.
#[derive(Debug)]
pub(crate) struct Alarm {
    timer: libc::timer_t,
    signal: c_int,
}

/// The signal that is ours now, and how many alarms use it.
static IN_USE: Mutex<(c_int, u32)> = Mutex::new((0, 0));

impl Alarm {
    /// EBUSY: the host has arranged something for every real-time signal.
    pub(crate) fn set() -> Result<Alarm, Errno> {
        let signal = take_signal()?;
        match timer(signal) {
            Ok(timer) => {
                mask(libc::SIG_UNBLOCK, signal);
                Ok(Alarm { timer, signal })
            }
            Err(errno) => {
                give_back_signal();
                Err(errno)
            }
        }
    }

    /// As [`ptrace::seize`]. EINTR: it takes longer than `patience`, which is less than a second.
    pub(crate) fn seize(&self, tid: Tid, options: i32, patience: Duration) -> Result<(), Errno> {
        // Again and again: the first may come right before the call.
        self.ring_after(patience);
        let seized = ptrace::seize(tid, options);
        self.ring_after(Duration::ZERO);
        seized
    }

    /// Zero: not at all.
    fn ring_after(&self, time: Duration) {
        let time = libc::timespec { tv_sec: 0, tv_nsec: time.subsec_nanos().into() };
        let when = libc::itimerspec { it_interval: time, it_value: time };
        // SAFETY: a timer that lives, and a live local that is only read.
        unsafe { libc::timer_settime(self.timer, 0, &raw const when, std::ptr::null_mut()) };
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // SAFETY: the timer is deleted once. A signal that it has sent is delivered when this returns, as it is not blocked.
        unsafe { libc::timer_delete(self.timer) };
        mask(libc::SIG_BLOCK, self.signal);
        give_back_signal();
    }
}

fn timer(signal: c_int) -> Result<libc::timer_t, Errno> {
    // SAFETY: plain numbers and null pointers.
    let mut event: libc::sigevent = unsafe { MaybeUninit::zeroed().assume_init() };
    event.sigev_notify = libc::SIGEV_THREAD_ID;
    event.sigev_signo = signal;
    // SAFETY: takes nothing.
    event.sigev_notify_thread_id = unsafe { libc::gettid() };
    let mut timer = std::ptr::null_mut();
    // SAFETY: reads the one live local and writes the other.
    check(unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer) }.into())?;
    Ok(timer)
}

fn mask(how: c_int, signal: c_int) {
    let mut set = MaybeUninit::zeroed();
    // SAFETY: writes the live local.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: a set that was written by the call before, and a number that is a signal's.
    unsafe { libc::sigaddset(set.as_mut_ptr(), signal) };
    // SAFETY: reads the live local.
    unsafe { libc::pthread_sigmask(how, set.as_ptr(), std::ptr::null_mut()) };
}

fn in_use() -> MutexGuard<'static, (c_int, u32)> {
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take_signal() -> Result<c_int, Errno> {
    let mut in_use = in_use();
    if in_use.1 == 0 {
        let mut signals = (libc::SIGRTMIN()..=libc::SIGRTMAX()).rev();
        in_use.0 = signals.find(|signal| claim(*signal)).ok_or(Errno::EBUSY)?;
    }
    in_use.1 += 1;
    Ok(in_use.0)
}

fn give_back_signal() {
    let mut in_use = in_use();
    in_use.1 -= 1;
    // Unless the host has arranged something for it meanwhile.
    if in_use.1 == 0 && action(in_use.0).sa_sigaction == handler() {
        arrange(in_use.0, libc::SIG_DFL);
    }
}

/// Whether nobody else has it.
fn claim(signal: c_int) -> bool {
    action(signal).sa_sigaction == libc::SIG_DFL && arrange(signal, handler())
}

fn action(signal: c_int) -> libc::sigaction {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with a null new action the call only writes the old one to the live local.
    unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: plain numbers, zeroed and then written by the call.
    unsafe { action.assume_init() }
}

/// Whether that could be done.
fn arrange(signal: c_int, handler: libc::sighandler_t) -> bool {
    // SAFETY: plain numbers; all zero is the default action with an empty mask.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: reads the live local; the handler has the type that SA_SIGINFO asks for.
    unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) == 0 }
}

fn handler() -> libc::sighandler_t {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = come_back;
    handler as libc::sighandler_t
}

/// Touches nothing but the registers that it is given, and errno not at all.
extern "C" fn come_back(_signal: c_int, _info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes the context of the interrupted thread, which is nobody else's while the handler runs.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    let Some(at) = arch::call_to_be(context, libc::SYS_ptrace, libc::PTRACE_SEIZE.into()) else { return };
    let at = at as usize as *const [u8; arch::CALL.len()];
    // SAFETY: the thread is about to execute what is there; the registers are set up for that call, and the code that does so goes
    // on behind it.
    let instruction = unsafe { at.read_unaligned() };
    if instruction == arch::CALL {
        arch::give_up_call(context, Errno::EINTR);
    }
}
