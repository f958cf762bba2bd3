//! Every engine of a supervisor.
//!
//! On the tracer's thread, and reached there from callbacks, which run while a report is under way; so nothing stays
//! borrowed while code of users' runs, their `Drop` included.

use std::any::{TypeId, type_name};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::{Rc, Weak};

use watchers::{Signal, TaskId, Tid};

use super::action::{ResumeAction, SyscallAction};
use super::attached::Attached;
use super::callbacks::Engine;
use super::control::Effect;
use super::error::EngineError;
use super::event::EngineEvents;
use super::list::{EngineId, List, Standing, Wish};
use super::matching::{Attach, Key, Matching};
use crate::resume::Action;
use crate::tracer::Line;

thread_local! {
    static HERE: RefCell<Weak<Roster>> = const { RefCell::new(Weak::new()) };
}

/// The engines of all tasks.
#[derive(Default)]
pub(crate) struct Roster {
    seats: RefCell<HashMap<TaskId, Seat>>,
    /// What was asked for in place and is to be done about tasks.
    due: RefCell<Vec<(TaskId, Effect)>>,
    n_attached: Cell<u64>,
    is_used: Cell<bool>,
    line: OnceCell<Line>,
}

/// An engine, boxed, and the name of its type.
pub(crate) struct Guest {
    pub(crate) name: &'static str,
    kind: TypeId,
    pub(crate) engine: Box<dyn Engine>,
}

/// A task that has engines, or had some at its last stop.
pub(crate) struct Seat {
    pub(crate) list: List<Guest>,
    pub(crate) tid: Tid,
    pub(crate) place: Place,
    /// It has to stay at this stop.
    pub(crate) stays: bool,
    /// How it goes on, while engines hold it.
    pub(crate) held: Option<Held>,
    /// We have interrupted it, and a call that this ends is to be made again.
    pub(crate) restarts: bool,
    /// A SIGTRAP that comes of a step is still to be seen, also if nobody is attached any more.
    pub(crate) steps: bool,
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

impl Roster {
    /// For the calling thread, whose tracer is reached by `line`.
    pub(crate) fn on_this_thread(line: Line) -> Rc<Roster> {
        let roster = Rc::new(Roster { line: OnceCell::from(line), ..Roster::default() });
        HERE.set(Rc::downgrade(&roster));
        roster
    }

    /// That of the tracer that the calling thread is.
    pub(crate) fn here() -> Option<Rc<Roster>> {
        HERE.with_borrow(Weak::upgrade)
    }

    /// Whether nobody was ever attached: what every stop asks.
    pub(crate) fn is_unused(&self) -> bool {
        !self.is_used.get()
    }

    /// Attaches an engine to a task that is there.
    pub(crate) fn attach(
        &self,
        task: TaskId,
        (tid, standing): (Tid, Standing),
        guest: Guest,
        how: Attach,
    ) -> Result<Attached, EngineError> {
        let line = self.line.get().ok_or(EngineError::NoSuchTask)?.clone();
        let id = EngineId(self.n_attached.get());
        let (key, events) = (guest.key(), guest.engine.events());
        self.n_attached.set(id.0 + 1);
        self.is_used.set(true);
        self.seats.borrow_mut().entry(task).or_insert_with(|| Seat::new(tid, standing));
        let attached = self.with(task, |seat| {
            seat.list.attach(id, key, events, guest, how).map(|()| seat.list.preparation(events))
        });
        let effect = attached.unwrap_or(Err(EngineError::NoSuchTask))?;
        self.owe(task, effect);
        Ok(Attached::new(line, task, id))
    }

    /// The first of a task's engines that is meant.
    pub(crate) fn find(&self, task: TaskId, these: Matching) -> Result<Attached, EngineError> {
        let line = self.line.get().ok_or(EngineError::NoSuchTask)?.clone();
        let id = self.with(task, |seat| seat.list.find(these)).unwrap_or(Err(EngineError::NotFound))?;
        Ok(Attached::new(line, task, id))
    }

    /// An engine, and what it wants before it is asked.
    pub(crate) fn engine(&self, task: TaskId, id: EngineId) -> Option<(Attached, Wish)> {
        let line = self.line.get()?.clone();
        let wish = self.with(task, |seat| seat.list.wish(id))?;
        Some((Attached::new(line, task, id), wish))
    }

    pub(crate) fn set_events(
        &self,
        task: TaskId,
        id: EngineId,
        events: EngineEvents,
    ) -> Result<(), EngineError> {
        self.answer(task, |list| list.set_events(id, events))
    }

    pub(crate) fn control(
        &self,
        task: TaskId,
        id: EngineId,
        action: ResumeAction,
    ) -> Result<(), EngineError> {
        self.answer(task, |list| list.control(id, action))
    }

    pub(crate) fn release(&self, task: TaskId, id: EngineId, n_releases: u64, then: ResumeAction) {
        let effect = self.with(task, |seat| seat.list.release(id, n_releases, then));
        self.owe(task, effect.unwrap_or(Effect::Nothing));
    }

    /// Requests are served between callbacks, so being here is enough.
    pub(crate) fn barrier(&self, task: TaskId, id: EngineId) -> Result<(), EngineError> {
        let is_attached = self.with(task, |seat| seat.list.has(id)).unwrap_or(false);
        if is_attached { Ok(()) } else { Err(EngineError::NoSuchTask) }
    }

    fn answer(
        &self,
        task: TaskId,
        request: impl FnOnce(&mut List<Guest>) -> (Result<(), EngineError>, Effect),
    ) -> Result<(), EngineError> {
        let answered = self.with(task, |seat| request(&mut seat.list));
        let (answer, effect) = answered.unwrap_or((Err(EngineError::NoSuchTask), Effect::Nothing));
        self.owe(task, effect);
        answer
    }

    fn owe(&self, task: TaskId, effect: Effect) {
        if effect != Effect::Nothing {
            self.due.borrow_mut().push((task, effect));
        }
    }

    /// What is to be done about tasks.
    pub(crate) fn take_due(&self) -> Vec<(TaskId, Effect)> {
        self.due.take()
    }

    /// Looks at a task, or changes it; none, and it has no engines. Engines that this releases are dropped afterwards.
    pub(crate) fn with<T>(&self, task: TaskId, look: impl FnOnce(&mut Seat) -> T) -> Option<T> {
        let mut seats = self.seats.borrow_mut();
        let seat = seats.get_mut(&task)?;
        let answer = look(seat);
        let released = seat.list.take_released();
        drop(seats);
        drop(released);
        Some(answer)
    }

    /// Forgets a task whose last engine is gone, and with it what it has asked for.
    pub(crate) fn forget_if_empty(&self, task: TaskId) {
        let mut seats = self.seats.borrow_mut();
        if seats.get(&task).is_some_and(|seat| seat.list.is_empty() && !seat.steps && !seat.restarts) {
            seats.remove(&task);
        }
    }

    /// Detaches every engine; none of them is told. The tasks that were held, and those in the middle of a step.
    pub(crate) fn detach_all(&self) -> (Vec<TaskId>, Vec<TaskId>) {
        let tasks: Vec<TaskId> = self.seats.borrow().keys().copied().collect();
        let (mut held, mut stepping) = (Vec::new(), Vec::new());
        for task in tasks {
            let is_held = self.with(task, |seat| {
                seat.list.end();
                seat.list.ask_nothing();
                stepping.extend(seat.steps.then_some(task));
                seat.held.is_some()
            });
            match is_held {
                // It is forgotten when it goes on.
                Some(true) => held.push(task),
                _ => self.forget_if_empty(task),
            }
        }
        (held, stepping)
    }

    /// Whether a task has to stop once more, so that a step or an interruption of ours is not noticed.
    pub(crate) fn awaits_a_stop(&self) -> bool {
        self.seats.borrow().values().any(|seat| seat.steps || seat.restarts)
    }

    /// The tasks that engines hold before their deaths, which no SIGKILL reaches.
    pub(crate) fn held_at_exit(&self) -> Vec<TaskId> {
        let seats = self.seats.borrow();
        let held = seats.iter().filter(|(_, seat)| seat.held.is_some() && seat.place == Place::Exit);
        held.map(|(task, _)| *task).collect()
    }
}

impl Guest {
    pub(crate) fn new<E: Engine>(engine: E) -> Guest {
        Guest { name: type_name::<E>(), kind: TypeId::of::<E>(), engine: Box::new(engine) }
    }

    fn key(&self) -> Key {
        Key { kind: self.kind, data: self.engine.data() }
    }
}

impl Seat {
    fn new(tid: Tid, standing: Standing) -> Seat {
        Seat {
            list: List::new(standing),
            tid,
            place: Place::Boundary,
            stays: false,
            held: None,
            restarts: false,
            steps: false,
        }
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roster").field("n_attached", &self.n_attached.get()).finish_non_exhaustive()
    }
}
