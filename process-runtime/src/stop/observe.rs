//! Stage 1: kernel -> [`RawStop`]. The only place that waits.
//!
//! Gathers everything that decoding needs before anything is decided, so that decoding is pure. The loop waits
//! for whoever is next; a remote call waits for the one task that makes it.
//!
//! # Alternatives
//!
//! 1. A thread per tracee that blocks in `waitid(P_PID)`: no linear walk in the kernel, but a thread and
//!    two context switches more per stop.
//! 2. pidfds: not readable at a ptrace-stop.
//! 3. `waitpid(-1)` without `__WNOTHREAD`: steals the host's children.
//! 4. Draining all waiting statuses before acting on the first: fair, but a second status of one task
//!    (SIGKILL in a stop) then overtakes the first; one at a time needs no queue.

use std::thread;
use std::time::Duration;

use watchers::{Errno, Tid};

use crate::proc::has_ended;
use crate::sys::ptrace;
pub(crate) use crate::sys::wait::Until;
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

/// The next status. Who `is_alone` in its process is not asked what it must be.
#[inline(always)]
pub(crate) fn observe(until: Until, is_alone: impl Fn(Tid) -> bool) -> Result<Observed, Errno> {
    match wait::wait(until) {
        Ok(Some(status)) => Ok(Observed::Stop(gather(status, is_alone))),
        Ok(None) => Ok(Observed::Idle),
        Err(Errno::ECHILD) => Ok(Observed::Nobody),
        Err(errno) => Err(errno),
    }
}

/// The next status of one task that was restarted only to stop again soon. `None`: it is dead, and its status
/// will come after those of others, or has gone to another task.
///
/// KERNEL: the status of a dead leader is kept back until every other thread of its group was reaped, and no
/// wait for the leader alone ever returns before (kernel/exit.c `delay_group_leader`). Who would reap them is
/// us; so this never blocks, but looks, and lets others run.
pub(crate) fn observe_one(tid: Tid) -> Result<Option<RawStop>, Errno> {
    let mut looks = 0;
    loop {
        match wait::poll_one(tid) {
            Ok(Some(status)) => return Ok(Some(gather(WaitStatus { tid, status }, |_| false))),
            Err(Errno::ECHILD) => return Ok(None),
            Err(errno) => return Err(errno),
            Ok(None) if looks < QUICK_LOOKS => thread::yield_now(),
            Ok(None) if has_ended(tid) => return last_look(tid),
            Ok(None) => thread::sleep(BETWEEN_LOOKS),
        }
        looks += 1;
    }
}

/// It may have died between the look and the question.
fn last_look(tid: Tid) -> Result<Option<RawStop>, Errno> {
    let status = wait::poll_one(tid).ok().flatten();
    Ok(status.map(|status| gather(WaitStatus { tid, status }, |_| false)))
}

/// After so many looks, a task takes its time.
const QUICK_LOOKS: u32 = 256;
/// And is asked this often.
const BETWEEN_LOOKS: Duration = Duration::from_micros(50);

/// Asks the questions that belong to the status. A task that died meanwhile leaves them unanswered.
///
/// KERNEL: the message of an exec is the tid that its caller had (fs/exec.c `exec_binprm`), which is that of the stop where there
/// was nobody else.
#[inline(always)]
fn gather(WaitStatus { tid, status }: WaitStatus, is_alone: impl Fn(Tid) -> bool) -> RawStop {
    let mut raw = RawStop { tid, status, message: None, syscall: None };
    if !libc::WIFSTOPPED(status) {
        return raw;
    }
    match status >> 16 {
        libc::PTRACE_EVENT_SECCOMP => raw.syscall = ptrace::syscall_info(tid).ok(),
        libc::PTRACE_EVENT_STOP => {}
        0 if libc::WSTOPSIG(status) == libc::SIGTRAP | 0x80 => raw.syscall = ptrace::syscall_info(tid).ok(),
        0 => {}
        libc::PTRACE_EVENT_EXEC if is_alone(tid) => raw.message = u64::try_from(tid.as_raw()).ok(),
        event => raw.message = message(tid, event),
    }
    raw
}

/// The message of this event.
///
/// KERNEL: PTRACE_GETEVENTMSG answers for the stop that the task is in when it is asked; one that SIGKILL
/// took out of its event may be in its exit event by then, whose message is a wait status. Stops only
/// move on: a task that is in the event afterwards was in it when it answered.
#[inline(always)]
fn message(tid: Tid, event: i32) -> Option<u64> {
    let message = ptrace::event_message(tid).ok()?;
    let is_doubtful = names_a_task(event) && could_be_an_end(message);
    (!is_doubtful || ptrace::event(tid) == Ok(event)).then_some(message)
}

/// Whether the message of this event is a tid: that of a child, or what somebody was called before an exec.
fn names_a_task(event: i32) -> bool {
    let forks = [libc::PTRACE_EVENT_FORK, libc::PTRACE_EVENT_VFORK, libc::PTRACE_EVENT_CLONE];
    forks.contains(&event) || event == libc::PTRACE_EVENT_EXEC
}

/// Whether this number is also a wait status: an exit code in the second byte, or a signal in the first one.
/// Of the tids, that is one in 256; of the others nobody need ask twice.
fn could_be_an_end(message: u64) -> bool {
    message <= 0xffff && (message & 0xff == 0 || message >> 8 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread that is killed in its exec leaves no message, and not one by which its dead leader has called exec.
    #[test]
    fn whose_message_is_asked_for_twice() {
        assert!([1, 2, 3, 4].into_iter().all(names_a_task));
        assert!(![libc::PTRACE_EVENT_EXIT, libc::PTRACE_EVENT_VFORK_DONE].into_iter().any(names_a_task));
    }

    #[test]
    fn what_could_be_an_end() {
        for status in [0, 9, 0x80 | 11, 1 << 8, 42 << 8, 255 << 8] {
            assert!(could_be_an_end(status), "{status}");
            assert!(libc::WIFEXITED(status as i32) || libc::WIFSIGNALED(status as i32));
        }
        for tid in [257, 7956, 0xff01, 0x1_0000, 4_194_304] {
            assert!(!could_be_an_end(tid), "{tid}");
        }
    }
}
