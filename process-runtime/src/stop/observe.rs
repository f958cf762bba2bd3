//! Stage 1: kernel -> [`RawStop`]. The only place that waits.
//!
//! Gathers everything that decoding needs before anything is decided, so that decoding is pure.
//!
//! # Alternatives
//!
//! 1. A thread per tracee that blocks in `waitid(P_PID)`: no linear walk in the kernel, but a thread and
//!    two context switches more per stop.
//! 2. pidfds: not readable at a ptrace-stop.
//! 3. `waitpid(-1)` without `__WNOTHREAD`: steals the host's children.
//! 4. Draining all waiting statuses before acting on the first: fair, but a second status of one task
//!    (SIGKILL in a stop) then overtakes the first; one at a time needs no queue.

use watchers::{Errno, Tid};

use crate::sys::ptrace;
use crate::sys::wait::{self, WaitStatus};
use crate::syscall::SyscallInfo;

/// What the kernel said about one task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawStop {
    /// Whom it is about.
    pub(crate) tid: Tid,
    /// The wait status word.
    pub(crate) status: i32,
    /// PTRACE_GETEVENTMSG, where the stop has one.
    pub(crate) message: Option<u64>,
    /// PTRACE_GET_SYSCALL_INFO, where the stop has it.
    pub(crate) syscall: Option<SyscallInfo>,
}

/// What a look at the waiting statuses gave.
#[derive(Debug)]
pub(crate) enum Observed {
    /// A stop or a death.
    Stop(RawStop),
    /// Nothing is waiting now.
    Idle,
    /// We have no tracees and no children.
    Nobody,
}

/// Blocks for the next status.
pub(crate) fn observe() -> Result<Observed, Errno> {
    answer(wait::wait().map(Some))
}

/// Takes the next status if one is waiting.
pub(crate) fn observe_waiting() -> Result<Observed, Errno> {
    answer(wait::poll())
}

fn answer(waited: Result<Option<WaitStatus>, Errno>) -> Result<Observed, Errno> {
    match waited {
        Ok(Some(status)) => Ok(gather(status).map_or(Observed::Idle, Observed::Stop)),
        Ok(None) => Ok(Observed::Idle),
        Err(Errno::ECHILD) => Ok(Observed::Nobody),
        Err(errno) => Err(errno),
    }
}

/// Asks the questions that belong to the status. A task that died meanwhile leaves them unanswered.
fn gather(waited: WaitStatus) -> Option<RawStop> {
    let tid = Tid::from_raw(waited.tid)?;
    let mut raw = RawStop { tid, status: waited.status, message: None, syscall: None };
    if !libc::WIFSTOPPED(waited.status) {
        return Some(raw);
    }
    match waited.status >> 16 {
        libc::PTRACE_EVENT_SECCOMP => raw.syscall = ptrace::syscall_info(tid).ok(),
        libc::PTRACE_EVENT_STOP => {}
        0 if libc::WSTOPSIG(waited.status) == libc::SIGTRAP | 0x80 => {
            raw.syscall = ptrace::syscall_info(tid).ok()
        }
        0 => {}
        event => raw.message = message(tid, event),
    }
    Some(raw)
}

/// The message of this event.
///
/// KERNEL: PTRACE_GETEVENTMSG answers for the stop that the task is in when it is asked; one that SIGKILL
/// took out of its fork event may be in its exit event by then, whose message is a wait status. Stops only
/// move on: a task that is in the event afterwards was in it when it answered.
fn message(tid: Tid, event: i32) -> Option<u64> {
    let message = ptrace::event_message(tid).ok();
    match event {
        libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => {
            message.filter(|_| ptrace::event(tid) == Ok(event))
        }
        _ => message,
    }
}
