//! What a signal would do, and what is to be delivered so that it does something else.

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
            SignalAction::Ign => EngineEvent::SignalIgn,
            SignalAction::Stop | SignalAction::Tstp => EngineEvent::SignalStop,
            SignalAction::Term => EngineEvent::SignalTerm,
            SignalAction::Core => EngineEvent::SignalCore,
            _ => EngineEvent::Signal,
        }
    }

    /// What the signal would do.
    pub(crate) fn action(self, signal: Signal) -> SignalAction {
        match bit(signal) {
            bit if self.ignored & bit != 0 => SignalAction::Ign,
            bit if self.caught & bit != 0 => SignalAction::Deliver,
            _ => SignalAction::by_default(signal),
        }
    }

    /// Whether a handler runs for the signal.
    pub(crate) fn catches(self, signal: Signal) -> bool {
        self.action(signal) == SignalAction::Deliver
    }

    /// What has to be delivered so that `signal` does this.
    ///
    /// A signal that does it by itself, or would if the program had arranged for nothing, is; for others, the one that
    /// stands for the action. A stop needs no default action: SIGSTOP has no other.
    pub(crate) fn delivery(self, signal: Signal, action: SignalAction) -> Delivery {
        match action {
            SignalAction::Ign | SignalAction::Report | SignalAction::Handler => Delivery::Nothing,
            SignalAction::Hold => Delivery::Later,
            SignalAction::Deliver => Delivery::Of(signal),
            _ if self.action(signal) == action => Delivery::Of(signal),
            SignalAction::Term => self.by_default(action, [signal, Signal::SIGTERM]),
            SignalAction::Core => self.by_default(action, [signal, Signal::SIGQUIT]),
            SignalAction::Stop => Delivery::Of(Signal::SIGSTOP),
            SignalAction::Tstp => Delivery::Of(self.stopping(signal)),
        }
    }

    /// The first of these whose default action this is.
    fn by_default(self, action: SignalAction, these: [Signal; 2]) -> Delivery {
        let signal = these.into_iter().find(|signal| SignalAction::by_default(*signal) == action);
        match signal {
            Some(signal) if self.action(signal) == action => Delivery::Of(signal),
            Some(signal) => Delivery::ByDefault(signal),
            None => Delivery::Nothing,
        }
    }

    /// A signal that stops the group unless that is orphaned; SIGSTOP, which does so in any case, where the program has
    /// arranged for all of them.
    fn stopping(self, signal: Signal) -> Signal {
        let these = [signal, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];
        let left = these.into_iter().find(|signal| self.action(*signal) == SignalAction::Tstp);
        left.unwrap_or(Signal::SIGSTOP)
    }
}

impl SignalAction {
    /// What a signal does where the program has arranged for nothing (signal(7)).
    ///
    /// ```
    /// use process_runtime::SignalAction;
    /// use watchers::Signal;
    ///
    /// assert_eq!(SignalAction::by_default(Signal::SIGSEGV), SignalAction::Core);
    /// assert_eq!(SignalAction::by_default(Signal::SIGCHLD), SignalAction::Ign);
    /// ```
    pub fn by_default(signal: Signal) -> SignalAction {
        match signal.as_raw() {
            number if CORE.contains(&number) => SignalAction::Core,
            number if NOTHING.contains(&number) => SignalAction::Ign,
            libc::SIGSTOP => SignalAction::Stop,
            number if STOP.contains(&number) => SignalAction::Tstp,
            _ => SignalAction::Term,
        }
    }
}

/// How a signal is made to do what engines have said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It is lost.
    Nothing,
    /// This one is delivered, to what the program has arranged for it.
    Of(Signal),
    /// This one is, once the program has arranged for nothing.
    ByDefault(Signal),
    /// It goes back to its queue.
    Later,
}

fn bit(signal: Signal) -> u64 {
    1u64.checked_shl(signal.as_raw().unsigned_abs() - 1).unwrap_or(0)
}
