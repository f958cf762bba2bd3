//! A task that has engines: where it stands, and what is still to be seen of it.

use std::any::{TypeId, type_name};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use watchers::{Pid, Signal, Tid};

use super::action::{ResumeAction, SyscallAction};
use super::callbacks::{Engine, Said};
use super::death::Exited;
use super::error::EngineError;
use super::event::EngineEvents;
use super::list::{List, Standing};
use super::matching::Key;
use crate::aftermath::Aftermath;
use crate::panicked::message;
use crate::resume::Action;

/// An engine, boxed, the name of its type, and what it has said of itself.
pub(crate) struct Guest {
    pub(crate) name: &'static str,
    pub(super) key: Key,
    pub(super) events: EngineEvents,
    pub(crate) engine: Box<dyn Engine>,
}

/// A task that has engines, or had some at its last stop.
pub(crate) struct Seat {
    pub(crate) list: List<Guest>,
    pub(crate) tid: Tid,
    pub(super) pid: Pid,
    pub(crate) place: Place,
    /// It has to stay at this stop.
    pub(crate) stays: bool,
    /// How it goes on, while engines hold it.
    pub(crate) held: Option<Held>,
    /// Until when a call may be seen that an interruption of ours has ended, and that is to be made again.
    pub(crate) aftermath: Aftermath,
    /// It was interrupted in the stop of its group, which it will report again.
    pub(crate) retraps: bool,
    /// This is that report.
    pub(crate) is_told_again: bool,
    /// A SIGTRAP that comes of a step is still to be seen, also if nobody is attached any more.
    pub(crate) steps: bool,
    /// It was stepped into a handler, unless that could not be set up.
    pub(crate) enters_handler: bool,
    /// Signals that engines have made, on their way to it.
    pub(crate) owed: Vec<Owed>,
    /// The signals that it blocks itself, while one more is blocked so that it goes back to its queue.
    pub(crate) mask: Option<u64>,
    /// What its exit has said.
    pub(crate) exited: Exited,
    /// What says when its parent has reaped it.
    pub(crate) pidfd: Option<OwnedFd>,
}

/// A signal that was sent to the task on behalf of engines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    /// What it is known by when it is delivered.
    pub(crate) cookie: u64,
    /// What is to become of it then.
    pub(crate) said: Said,
    /// What was asked for with it, for a handler that runs.
    pub(crate) wanted: ResumeAction,
}

/// Where the task has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On its way to user mode.
    Boundary,
    /// In a system call.
    InCall,
    /// Before a signal is delivered.
    Signal,
    /// Before a signal is delivered to a handler, which is to be reported when it was set up.
    IntoHandler,
    /// On its way to another stop that we have asked for, which comes before user mode.
    Passing,
    /// With its group.
    Group,
    /// Before its death.
    Exit,
}

/// What a held task does when it is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// This.
    Go(Action),
    /// It enters its system call, of which the engines have said this.
    Entry(SyscallAction),
    /// A signal is delivered, of which nobody was told yet.
    Signal(Signal),
}

impl Guest {
    /// It is asked here, where whoever attaches it sees it panic.
    pub(crate) fn new<E: Engine>(engine: E) -> Guest {
        let key = Key { kind: TypeId::of::<E>(), data: engine.data() };
        Guest { name: type_name::<E>(), key, events: engine.events(), engine: Box::new(engine) }
    }

    /// It is not attached.
    pub(crate) fn refused<T>(self, why: EngineError) -> Result<T, EngineError> {
        self.release();
        Err(why)
    }

    /// Drops it. A panic of its own is not the tracer's.
    pub(crate) fn release(self) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(self))) {
            let _ = message(panic);
        }
    }
}

impl Seat {
    /// Whether nobody is attached, and nothing that was begun for somebody is still to be seen.
    pub(super) fn is_of_no_use(&self) -> bool {
        self.list.is_empty()
            && !self.awaits_a_stop()
            && self.aftermath == Aftermath::OVER
            && self.owed.is_empty()
    }

    /// Whether the task has to stop once more, so that a step, an interruption or a mask of ours is not noticed.
    pub(super) fn awaits_a_stop(&self) -> bool {
        self.steps
            || self.aftermath == Aftermath::BEGUN
            || self.place == Place::IntoHandler
            || self.mask.is_some()
    }

    /// The task is dead, and with it whatever was still to be seen of it.
    pub(crate) fn dies(&mut self) {
        self.list.dies();
        (self.steps, self.aftermath, self.place, self.mask) = (false, Aftermath::OVER, Place::Boundary, None);
        self.owed.clear();
    }

    pub(super) fn new(tid: Tid, pid: Pid, standing: Standing) -> Seat {
        Seat {
            list: List::new(standing),
            tid,
            pid,
            place: Place::Boundary,
            stays: false,
            held: None,
            aftermath: Aftermath::OVER,
            retraps: false,
            is_told_again: false,
            steps: false,
            enters_handler: false,
            owed: Vec::new(),
            mask: None,
            exited: Exited::default(),
            pidfd: None,
        }
    }
}
