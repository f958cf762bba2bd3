//! Stage 6: ([`Stopped`], [`Action`]) -> ptrace. The only place that restarts a task.

use watchers::{Errno, Signal, Tid};

use crate::engine::Step;
use crate::interest::Mode;
use crate::sys::ptrace;
use crate::tracee::Stopped;

/// What is to happen to a stopped task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Let it run, handing on the signal.
    Continue(Option<Signal>),
    /// Let it run to its next system-call stop, handing on the signal.
    ToSyscallStop(Option<Signal>),
    /// Let it make one step, handing on the signal.
    Step(Step, Option<Signal>),
    /// Leave it stopped with its group.
    Listen,
    /// Leave it stopped: another stop will resume it.
    Park,
}

/// The ptrace(2) request for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Cont(i32),
    Syscall(i32),
    Step(Step, i32),
    Listen,
    Nothing,
}

/// Carries out `action`. ESRCH, which says that the task was killed meanwhile, is no failure.
///
/// KERNEL: to stay in the stop of its group is refused with EIO to a task that has been killed and has stopped for its exit by now
/// (kernel/ptrace.c `PTRACE_LISTEN`).
#[inline(always)]
pub(crate) fn resume(stopped: Stopped, action: Action, mode: Mode) -> Result<(), Errno> {
    let tid = stopped.tid();
    let done = match (action, mode) {
        (Action::Continue(signal), Mode::Filter) => ptrace::cont(tid, number(signal)),
        _ => by_request(tid, request_for(action, mode)),
    };
    match done {
        Err(Errno::ESRCH) => Ok(()),
        Err(Errno::EIO) if action == Action::Listen => Ok(()),
        other => other,
    }
}

/// All but the usual way, which is a piece of the loop.
#[inline(never)]
fn by_request(tid: Tid, request: Request) -> Result<(), Errno> {
    match request {
        Request::Cont(signal) => ptrace::cont(tid, signal),
        Request::Syscall(signal) => ptrace::syscall(tid, signal),
        Request::Step(step, signal) => take_step(tid, step, signal),
        Request::Listen => ptrace::listen(tid),
        Request::Nothing => Ok(()),
    }
}

/// KERNEL: EIO says that the processor cannot stop at branches (kernel/ptrace.c `ptrace_resume`).
#[cold]
fn take_step(tid: Tid, step: Step, signal: i32) -> Result<(), Errno> {
    match step {
        Step::Instruction => ptrace::single_step(tid, signal),
        Step::Branch => match ptrace::single_block(tid, signal) {
            Err(Errno::EIO) => ptrace::single_step(tid, signal),
            other => other,
        },
    }
}

#[inline]
fn request_for(action: Action, mode: Mode) -> Request {
    match (action, mode) {
        (Action::Continue(signal), Mode::Filter | Mode::NoStops) => Request::Cont(number(signal)),
        (Action::Continue(signal), Mode::SyscallStops) => Request::Syscall(number(signal)),
        (Action::ToSyscallStop(signal), _) => Request::Syscall(number(signal)),
        (Action::Step(step, signal), _) => Request::Step(step, number(signal)),
        (Action::Listen, _) => Request::Listen,
        (Action::Park, _) => Request::Nothing,
    }
}

fn number(signal: Option<Signal>) -> i32 {
    signal.map_or(0, |signal| signal.as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
        let term = Some(Signal::SIGTERM);
        let table = [
            (Action::Continue(None), Mode::Filter, Request::Cont(0)),
            (Action::Continue(term), Mode::Filter, Request::Cont(15)),
            (Action::Continue(term), Mode::NoStops, Request::Cont(15)),
            (Action::Continue(None), Mode::SyscallStops, Request::Syscall(0)),
            (Action::Continue(term), Mode::SyscallStops, Request::Syscall(15)),
            (Action::ToSyscallStop(term), Mode::Filter, Request::Syscall(15)),
            (Action::Step(Step::Branch, term), Mode::SyscallStops, Request::Step(Step::Branch, 15)),
            (Action::Listen, Mode::SyscallStops, Request::Listen),
            (Action::Park, Mode::Filter, Request::Nothing),
        ];
        for (action, mode, request) in table {
            assert_eq!(request_for(action, mode), request);
        }
    }
}
