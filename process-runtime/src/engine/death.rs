//! What engines are told of a death, and of job control.

use watchers::{ExitStatus, Signal};

/// A death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Death {
    /// How the task has ended.
    pub status: ExitStatus,
    /// Whether it was the last of its process to die.
    pub group_dead: bool,
    /// What its parent hears of it.
    pub signal: DeathSignal,
}

/// What the kernel tells the parent of a dead task.
///
/// It is what the task was made to tell (clone(2)), as /proc says it; whether the parent ignores SIGCHLD, and so has no
/// zombie, is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeathSignal {
    /// It is sent this.
    Sent(Signal),
    /// It can wait for the task, and is sent nothing.
    None,
    /// The task leaves nothing to wait for, as threads do (-1).
    SelfReaping,
    /// The task is the leader of a process whose other threads were alive then: the parent hears when the last of them has
    /// died (-2).
    #[doc(alias = "DEATH_DELAYED_GROUP_LEADER")]
    DelayedLeader,
}

/// What the task's exit has said, for its death.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Exited {
    /// It was the last of its process.
    pub(crate) is_last: bool,
    /// What it was made to send: a number, 0 for nothing, -1 for a thread.
    pub(crate) exit_signal: Option<i32>,
}

impl Death {
    pub(crate) fn new(status: ExitStatus, exited: Exited, of: Dead) -> Death {
        let is_thread = of == Dead::Thread;
        let signal = match exited.exit_signal.unwrap_or(if is_thread { -1 } else { libc::SIGCHLD }) {
            _ if of == Dead::Leader && !exited.is_last => DeathSignal::DelayedLeader,
            number if number < 0 => DeathSignal::SelfReaping,
            number => Signal::from_raw(number).map_or(DeathSignal::None, DeathSignal::Sent),
        };
        Death { status, group_dead: exited.is_last, signal }
    }
}

/// Who has died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dead {
    /// The leader of a process, whose parent may wait for it.
    Leader,
    /// A leader whose place another thread has taken by an exec.
    Replaced,
    Thread,
}

/// A change of job control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobControl {
    /// Which.
    pub change: JobChange,
    /// The signal that has stopped the group; SIGCONT where it goes on.
    pub signal: Signal,
    /// Who tells the parent.
    pub notifier: Notifier,
}

/// Which way job control has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobChange {
    /// The task has stopped with its group.
    #[doc(alias = "CLD_STOPPED")]
    Stopped,
    /// It goes on.
    #[doc(alias = "CLD_CONTINUED")]
    Continued,
}

/// Which thread sends its parent the SIGCHLD of a change of job control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notifier {
    /// The task does: its process has no other.
    This,
    /// One thread of its process does, and the kernel does not say which.
    Unknown,
}

impl JobControl {
    pub(crate) fn new(change: JobChange, signal: Signal, n_members: u32) -> JobControl {
        let notifier = if n_members <= 1 { Notifier::This } else { Notifier::Unknown };
        JobControl { change, signal, notifier }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The column `signal` of report_death: a number, 0, -1 or -2.
    #[test]
    fn death_signals() {
        let status = ExitStatus::from_raw(0);
        let chld = DeathSignal::Sent(Signal::SIGCHLD);
        let table = [
            (Dead::Leader, true, Some(17), chld),
            (Dead::Leader, true, Some(10), DeathSignal::Sent(Signal::SIGUSR1)),
            (Dead::Leader, true, Some(0), DeathSignal::None),
            (Dead::Leader, true, None, chld),
            (Dead::Leader, false, Some(17), DeathSignal::DelayedLeader),
            (Dead::Replaced, false, Some(17), chld),
            (Dead::Thread, false, Some(-1), DeathSignal::SelfReaping),
            (Dead::Thread, true, None, DeathSignal::SelfReaping),
        ];
        for (of, is_last, exit_signal, signal) in table {
            let death = Death::new(status, Exited { is_last, exit_signal }, of);
            assert_eq!((death.signal, death.group_dead), (signal, is_last), "{of:?} {exit_signal:?}");
        }
    }
}
