//! What a signal would do, and how to have it do something else.

use watchers::Signal;

use super::action::SignalAction;
use super::event::EngineEvent;

/// What the program has arranged for signals: bit N - 1 is signal N.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dispositions {
    pub(crate) ignored: u64,
    pub(crate) caught: u64,
}

/// Signals whose default action is a core dump, nothing, or a stop (signal(7)).
const CORE: [i32; 10] = [
    libc::SIGQUIT,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGFPE,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGSYS,
    libc::SIGXCPU,
    libc::SIGXFSZ,
];
const NOTHING: [i32; 4] = [libc::SIGCONT, libc::SIGCHLD, libc::SIGWINCH, libc::SIGURG];
const STOP: [i32; 3] = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];

impl Dispositions {
    /// Which event the signal is.
    pub(crate) fn event(self, signal: Signal) -> EngineEvent {
        match self.action(signal) {
            SignalAction::Deliver => EngineEvent::Signal,
            SignalAction::Ign => EngineEvent::SignalIgn,
            SignalAction::Stop | SignalAction::Tstp => EngineEvent::SignalStop,
            SignalAction::Term => EngineEvent::SignalTerm,
            SignalAction::Core => EngineEvent::SignalCore,
        }
    }

    /// What the signal would do.
    pub(crate) fn action(self, signal: Signal) -> SignalAction {
        let bit = 1u64.checked_shl(signal.as_raw().unsigned_abs() - 1).unwrap_or(0);
        match signal.as_raw() {
            _ if self.ignored & bit != 0 => SignalAction::Ign,
            _ if self.caught & bit != 0 => SignalAction::Deliver,
            number if CORE.contains(&number) => SignalAction::Core,
            number if NOTHING.contains(&number) => SignalAction::Ign,
            libc::SIGSTOP => SignalAction::Stop,
            number if STOP.contains(&number) => SignalAction::Tstp,
            _ => SignalAction::Term,
        }
    }

    /// Which signal has to be delivered so that `signal` does this; none, and it is lost.
    ///
    /// A signal that does it by itself is. For others, one that is left at its default: where the program has
    /// arranged for that too, SIGKILL and SIGSTOP, which nobody can. So a wait status can show another signal than
    /// utrace would have shown.
    pub(crate) fn delivered(self, signal: Signal, action: SignalAction) -> Option<Signal> {
        let or = |wanted: Signal, last: Signal| match self.action(wanted) {
            SignalAction::Deliver | SignalAction::Ign => last,
            _ => wanted,
        };
        match action {
            SignalAction::Ign => None,
            _ if self.action(signal) == action => Some(signal),
            SignalAction::Deliver => Some(signal),
            SignalAction::Term => Some(or(Signal::SIGTERM, Signal::SIGKILL)),
            SignalAction::Core => Some(or(Signal::SIGQUIT, Signal::SIGKILL)),
            SignalAction::Stop => Some(Signal::SIGSTOP),
            SignalAction::Tstp => Some(or(Signal::SIGTSTP, Signal::SIGSTOP)),
        }
    }
}
