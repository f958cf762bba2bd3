//! Every engine of a supervisor.
//!
//! On the tracer's thread, and reached there from callbacks, which run while a report is under way; so nothing stays
//! borrowed while code of users' runs, their `Drop` included.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::{Rc, Weak};

use watchers::{Pid, TaskId, Tid};

use super::action::ResumeAction;
use super::attached::Attached;
use super::control::Effect;
use super::error::EngineError;
use super::event::EngineEvents;
use super::list::{EngineId, List, Standing, Wish};
use super::matching::{Attach, Matching};
use super::seat::{Guest, Place, Seat};
use crate::aftermath::Aftermath;
use crate::arch;
use crate::inspect::{Inspect, StopOrigin};
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
    origin: Rc<StopOrigin>,
}

impl Roster {
    /// For the calling thread, whose tracer is reached by `line`, and whose tasks come from `origin`.
    pub(crate) fn on_this_thread(line: Line, origin: Rc<StopOrigin>) -> Rc<Roster> {
        let roster = Rc::new(Roster { line: OnceCell::from(line), origin, ..Roster::default() });
        HERE.set(Rc::downgrade(&roster));
        roster
    }

    /// That of the tracer that the calling thread is.
    pub(crate) fn here() -> Option<Rc<Roster>> {
        HERE.with_borrow(Weak::upgrade)
    }

    /// The way to the tracer.
    pub(crate) fn line(&self) -> Option<Line> {
        self.line.get().cloned()
    }

    /// Whether nobody was ever attached.
    pub(crate) fn is_unused(&self) -> bool {
        !self.is_used.get()
    }

    /// Attaches an engine to a task that is there.
    pub(crate) fn attach(
        &self,
        task: TaskId,
        (tid, pid, standing): (Tid, Pid, Standing),
        guest: Guest,
        how: Attach,
    ) -> Result<Attached, EngineError> {
        let line = self.line.get().ok_or(EngineError::NoSuchTask)?.clone();
        let id = EngineId(self.n_attached.get());
        let (key, events) = (guest.key, guest.events);
        self.n_attached.set(id.0 + 1);
        self.is_used.set(true);
        self.origin.begin_other_business();
        self.seats.borrow_mut().entry(task).or_insert_with(|| Seat::new(tid, pid, standing));
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

    /// Asks something about a task's engines that changes nothing.
    pub(super) fn look_at<T>(
        &self,
        task: TaskId,
        look: impl FnOnce(&List<Guest>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.with(task, |seat| look(&seat.list)).unwrap_or(Err(EngineError::NoSuchTask))
    }

    /// Shows a task that this engine holds.
    pub(super) fn examine<T>(
        &self,
        task: TaskId,
        id: EngineId,
        look: impl FnOnce(&Inspect<'_>) -> T,
    ) -> Result<T, EngineError> {
        let began = self.look_at(task, |list| list.prepare_examine(id))?;
        let (tid, pid, place) =
            self.with(task, |seat| (seat.tid, seat.pid, seat.place)).ok_or(EngineError::NoSuchTask)?;
        let delivers = self.origin.set_delivering(place == Place::Signal);
        let seen = look(&Inspect { tid, pid, origin: &self.origin });
        self.origin.set_delivering(delivers);
        // It may have been killed.
        arch::registers(tid).map_err(|_| EngineError::Again)?;
        self.look_at(task, |list| list.finish_examine(id, began))?;
        Ok(seen)
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
        released.into_iter().for_each(Guest::release);
        Some(answer)
    }

    /// Forgets a task whose last engine is gone, and with it what it has asked for.
    pub(crate) fn forget_if_empty(&self, task: TaskId) {
        let mut seats = self.seats.borrow_mut();
        if seats.get(&task).is_some_and(Seat::is_of_no_use) {
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
        self.seats.borrow().values().any(Seat::awaits_a_stop)
    }

    /// Whether a task may yet feel an interruption of ours, though it has stopped since.
    pub(crate) fn is_somebody_interrupted(&self) -> bool {
        self.seats.borrow().values().any(|seat| seat.aftermath != Aftermath::OVER)
    }

    /// The tasks that engines hold before their deaths, which no SIGKILL reaches.
    pub(crate) fn held_at_exit(&self) -> Vec<TaskId> {
        let seats = self.seats.borrow();
        let held = seats.iter().filter(|(_, seat)| seat.held.is_some() && seat.place == Place::Exit);
        held.map(|(task, _)| *task).collect()
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roster").field("n_attached", &self.n_attached.get()).finish_non_exhaustive()
    }
}
