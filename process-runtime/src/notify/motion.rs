//! Where a task is, as its last stop and the way it went on from there tell; and what that means for work that it has. Pure.

use crate::engine::Place;
use crate::interest::Mode;
use crate::resume::Action;
use crate::stop::Stop;

/// Where a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    /// In a ptrace-stop.
    Stopped(Place),
    /// In user mode, or on its way there: it stops before its next system call.
    InUserMode,
    /// In a system call, whose end will stop it, or on its way to another stop that comes before user mode.
    InCall,
    /// In user mode or in a system call: neither would stop it.
    Anywhere,
    /// Past its exit.
    Dying,
}

/// How a task that has work is brought to a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Approach {
    /// It is stopped, or will stop by itself where its work is due.
    Await,
    /// It is interrupted.
    Interrupt,
    /// By what a look at it shows.
    Look,
    /// Not at all.
    TooLate,
}

/// What is done about work at a stop, before the task goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The work.
    Serve,
    /// Nothing yet: a signal comes first. The task is interrupted behind it.
    BehindTheSignal,
    /// Nothing yet: signals are queued that come first.
    AfterSignals,
    /// Nothing yet: it goes on to the end of its call.
    AtTheEnd,
    /// Nothing: it does not come to user mode.
    Stay,
}

impl Motion {
    /// Of a task that has stopped.
    pub(crate) fn at(stop: Stop) -> Motion {
        Motion::Stopped(match stop {
            Stop::SignalDelivery(_) => Place::Signal,
            Stop::Group(_) => Place::Group,
            Stop::Exiting(_) => Place::Exit,
            Stop::SyscallExit { .. } | Stop::Trap => Place::Boundary,
            _ => Place::InCall,
        })
    }

    pub(crate) fn approach(self) -> Approach {
        match self {
            Motion::Stopped(_) | Motion::InCall => Approach::Await,
            Motion::InUserMode => Approach::Interrupt,
            Motion::Anywhere => Approach::Look,
            Motion::Dying => Approach::TooLate,
        }
    }

    /// The place where it is stopped.
    pub(crate) fn place(self) -> Place {
        match self {
            Motion::Stopped(place) => place,
            _ => Place::InCall,
        }
    }

    /// Where it is when it goes on from `place` like this.
    pub(crate) fn after(place: Place, action: Action, mode: Mode) -> Motion {
        let all_calls = mode == Mode::SyscallStops || matches!(action, Action::ToSyscallStop(_));
        match (place, action) {
            (_, Action::Park) => Motion::Stopped(place),
            (_, Action::Listen) => Motion::Stopped(Place::Group),
            (Place::Exit, _) => Motion::Dying,
            // A step goes into a call without a stop.
            (_, Action::Step(..)) => Motion::Anywhere,
            (Place::InCall, _) if all_calls => Motion::InCall,
            (Place::Passing, _) => Motion::InCall,
            _ if all_calls => Motion::InUserMode,
            _ => Motion::Anywhere,
        }
    }
}

/// Signals that wait to be delivered to the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signals {
    None,
    Queued,
}

/// What is done about work at `place`.
pub(crate) fn turn(place: Place, action: Action, signals: impl FnOnce() -> Signals) -> Turn {
    match (place, action) {
        (_, Action::Park | Action::Listen) => Turn::Stay,
        (Place::Exit, _) => Turn::Serve,
        (Place::InCall | Place::Group, _) => Turn::AtTheEnd,
        (Place::Passing, _) => Turn::Stay,
        (Place::Signal | Place::IntoHandler, _) => Turn::BehindTheSignal,
        (Place::Boundary, _) => match signals() {
            Signals::None => Turn::Serve,
            Signals::Queued => Turn::AfterSignals,
        },
    }
}

#[cfg(test)]
mod tests {
    use watchers::{ExitStatus, Signal};

    use super::*;
    use crate::engine::Step;

    #[test]
    fn where_a_task_stops() {
        let nobody = ExitStatus::from_raw(9);
        let table = [
            (Stop::SignalDelivery(Signal::SIGTERM), Place::Signal),
            (Stop::Group(Signal::SIGSTOP), Place::Group),
            (Stop::Trap, Place::Boundary),
            (Stop::SyscallExit { result: 0 }, Place::Boundary),
            (Stop::Exec { old_tid: None }, Place::InCall),
            (Stop::Other, Place::InCall),
            (Stop::Vanished, Place::InCall),
            (Stop::Exiting(nobody), Place::Exit),
        ];
        for (stop, place) in table {
            assert_eq!(Motion::at(stop), Motion::Stopped(place), "{stop:?}");
        }
    }

    #[test]
    fn where_a_task_goes() {
        let (go, call) = (Action::Continue(None), Action::ToSyscallStop(None));
        let step = Action::Step(Step::Instruction, None);
        let table = [
            (Place::Boundary, go, Mode::Filter, Motion::Anywhere, Approach::Look),
            (Place::Boundary, go, Mode::SyscallStops, Motion::InUserMode, Approach::Interrupt),
            (Place::Boundary, call, Mode::Filter, Motion::InUserMode, Approach::Interrupt),
            (Place::Signal, call, Mode::Filter, Motion::InUserMode, Approach::Interrupt),
            (Place::InCall, call, Mode::Filter, Motion::InCall, Approach::Await),
            (Place::InCall, go, Mode::SyscallStops, Motion::InCall, Approach::Await),
            (Place::Passing, go, Mode::Filter, Motion::InCall, Approach::Await),
            (Place::InCall, go, Mode::Filter, Motion::Anywhere, Approach::Look),
            (Place::Boundary, step, Mode::SyscallStops, Motion::Anywhere, Approach::Look),
            (Place::Group, Action::Listen, Mode::Filter, Motion::Stopped(Place::Group), Approach::Await),
            (Place::Boundary, Action::Park, Mode::Filter, Motion::Stopped(Place::Boundary), Approach::Await),
            (Place::Exit, go, Mode::SyscallStops, Motion::Dying, Approach::TooLate),
        ];
        for (place, action, mode, motion, approach) in table {
            let after = Motion::after(place, action, mode);
            assert_eq!((after, after.approach()), (motion, approach), "{place:?} {action:?} {mode:?}");
        }
    }

    #[test]
    fn when_work_is_done() {
        let go = Action::Continue(None);
        let table = [
            (Place::Boundary, go, Signals::None, Turn::Serve),
            (Place::Boundary, go, Signals::Queued, Turn::AfterSignals),
            (Place::Boundary, Action::Park, Signals::None, Turn::Stay),
            (Place::Boundary, Action::Listen, Signals::None, Turn::Stay),
            (Place::Signal, go, Signals::None, Turn::BehindTheSignal),
            (Place::IntoHandler, go, Signals::None, Turn::BehindTheSignal),
            (Place::Passing, go, Signals::None, Turn::Stay),
            (Place::InCall, go, Signals::Queued, Turn::AtTheEnd),
            (Place::Group, Action::Listen, Signals::None, Turn::Stay),
            (Place::Exit, go, Signals::Queued, Turn::Serve),
        ];
        for (place, action, signals, expected) in table {
            assert_eq!(turn(place, action, || signals), expected, "{place:?} {action:?} {signals:?}");
        }
    }
}
