//! Stage 4 for signals: handed on, without a trace of the detour.

use watchers::{Signal, Tid};

use super::Tracer;
use crate::proc::Status;
use crate::resume::Action;
use crate::syscall::Call;
use crate::task::Phase;
use crate::tracee::Stopped;

impl Tracer {
    /// A signal is about to be delivered.
    pub(super) fn deliver_signal(&self, stopped: &Stopped, signal: Signal) -> Action {
        undo_wake_up(stopped, signal);
        self.hand_on(stopped, Some(signal))
    }

    /// A stop that means nothing to us. A command before its exec is followed call by call.
    pub(super) fn hand_on(&self, stopped: &Stopped, signal: Option<Signal>) -> Action {
        match self.table.get(stopped.tid()).map(|record| &record.phase) {
            Some(Phase::BeforeExec) => Action::ToSyscallStop(signal),
            _ => Action::Continue(signal),
        }
    }
}

/// Takes back the EINTR of a signal that the task ignores.
///
/// KERNEL: an ignored signal is dropped when it is sent and wakes nobody, unless the task is traced
/// (kernel/signal.c `sig_ignored`): then it interrupts, and calls that the kernel does not restart by
/// itself answer EINTR where the program would never see one. Restarted, a relative timeout starts afresh:
/// late, never early.
fn undo_wake_up(stopped: &Stopped, signal: Signal) {
    if stopped.interrupted_call() == Some(Call::Wait) && ignores(stopped.tid(), signal) {
        let _ = stopped.restart_call();
    }
}

/// Whether the task ignores `signal`. SIGCONT is left alone: it ends a group-stop, which interrupts such
/// calls without us, too.
#[inline(never)]
pub(super) fn ignores(tid: Tid, signal: Signal) -> bool {
    let Some(status) = Status::read(tid) else { return false };
    let by_default = matches!(signal, Signal::SIGCHLD | Signal::SIGURG | Signal::SIGWINCH);
    status.ignores(signal) || by_default && !status.catches(signal)
}
