//! What becomes of a signal that was sent to `taskwatch`.
//!
//! In: [`Received`] and how far the run is. Out: an [`Order`]. Pure: `run.rs` carries it out.

use watchers::Signal;

use crate::signals::{Received, Sender};

/// How far the run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The command runs.
    Command,
    /// It has ended, and others of its tree live on.
    Rest,
    /// They have been named, so that whoever sits at the terminal knows what is waited for.
    RestNamed,
    /// They have been asked to go.
    RestAsked,
    /// Nobody is left. The report is being written, which its reader may hold up.
    Over,
}

/// Whether the sender is one of those that we supervise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kinship {
    /// A task of the tree.
    Ours,
    /// `taskwatch` itself.
    Own,
    /// Anybody else.
    Foreign,
}

/// What is to be done about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Nothing: who it was meant for has it.
    Nothing,
    /// Send it to the command.
    Command(Signal),
    /// Send it to every process of the tree.
    Everyone(Signal),
    /// Kill every process of the tree.
    KillAll,
    /// Stop when the command has stopped; send it the signal first, if it has not had it.
    Stop(Option<Signal>),
    /// Continue; wake the command if it still sleeps.
    Continue,
    /// Die of it: only we can be meant.
    Die(Signal),
}

/// What is to be done about `received`.
///
/// A signal of the terminal went to the whole foreground group, and one of a task of the tree (`kill 0`) is
/// the tree's own affair: the command got what it was to get. A stop of our own comes after the command's: if it
/// did not come about and reaches us as a signal, the command has had its own already.
pub(crate) fn order(received: Received, kinship: Kinship, stage: Stage) -> Order {
    let is_new = received.sender != Sender::Terminal && kinship != Kinship::Ours;
    match received.signal {
        Signal::SIGTSTP if kinship == Kinship::Own => Order::Nothing,
        Signal::SIGTSTP | Signal::SIGTTIN | Signal::SIGTTOU => Order::Stop(is_new.then_some(received.signal)),
        Signal::SIGCONT => Order::Continue,
        signal => match stage {
            Stage::Command if is_new => Order::Command(signal),
            Stage::Command => Order::Nothing,
            _ if !ends(signal) => Order::Nothing,
            Stage::Over => Order::Die(signal),
            Stage::RestAsked if kinship != Kinship::Ours => Order::KillAll,
            Stage::RestNamed if kinship != Kinship::Ours => Order::Everyone(signal),
            // Ctrl-C ends the command and the wait for it; only a later one is about the rest.
            Stage::Rest if is_new => Order::Everyone(signal),
            _ => Order::Nothing,
        },
    }
}

/// Whether `signal` asks for an end.
fn ends(signal: Signal) -> bool {
    [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM].contains(&signal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchers::Pid;

    const KEY: Sender = Sender::Terminal;
    const KILL: Sender = Sender::Process(Pid::from_raw(77));

    fn ordered(signal: Signal, sender: Sender, kinship: Kinship, stage: Stage) -> Order {
        order(Received { signal, sender }, kinship, stage)
    }

    #[test]
    fn a_process_is_obeyed_and_the_terminal_was_heard() {
        use Kinship::{Foreign, Ours};
        let int = Signal::SIGINT;
        assert_eq!(ordered(int, KILL, Foreign, Stage::Command), Order::Command(int));
        assert_eq!(ordered(int, KEY, Foreign, Stage::Command), Order::Nothing);
        assert_eq!(ordered(int, KILL, Ours, Stage::Command), Order::Nothing);
        assert_eq!(ordered(int, Sender::Process(None), Foreign, Stage::Command), Order::Command(int));
        let winch = Signal::SIGWINCH;
        assert_eq!(ordered(winch, KILL, Foreign, Stage::Command), Order::Command(winch));
        assert_eq!(ordered(winch, KEY, Foreign, Stage::Command), Order::Nothing);
    }

    #[test]
    fn what_the_command_left_is_asked_once() {
        let term = Signal::SIGTERM;
        let at = |signal, sender, stage| ordered(signal, sender, Kinship::Foreign, stage);
        assert_eq!(at(term, KILL, Stage::Rest), Order::Everyone(term));
        assert_eq!(at(term, KEY, Stage::Rest), Order::Nothing);
        assert_eq!(at(term, KEY, Stage::RestNamed), Order::Everyone(term));
        assert_eq!(at(term, KEY, Stage::RestAsked), Order::KillAll);
        assert_eq!(at(term, KILL, Stage::RestAsked), Order::KillAll);
        assert_eq!(at(Signal::SIGUSR1, KILL, Stage::RestAsked), Order::Nothing);
        assert_eq!(at(Signal::SIGUSR1, KILL, Stage::Over), Order::Nothing);
        assert_eq!(at(term, KEY, Stage::Over), Order::Die(term));
        assert_eq!(ordered(term, KILL, Kinship::Ours, Stage::RestAsked), Order::Nothing);
    }

    #[test]
    fn job_control() {
        let tstp = Signal::SIGTSTP;
        let at = |signal, sender| ordered(signal, sender, Kinship::Foreign, Stage::Command);
        assert_eq!(at(tstp, KEY), Order::Stop(None));
        assert_eq!(at(tstp, KILL), Order::Stop(Some(tstp)));
        assert_eq!(at(Signal::SIGCONT, KILL), Order::Continue);
        let by_us = |signal| ordered(signal, KILL, Kinship::Own, Stage::Command);
        assert_eq!(by_us(tstp), Order::Nothing);
        assert_eq!(by_us(Signal::SIGTERM), Order::Command(Signal::SIGTERM));
    }
}
