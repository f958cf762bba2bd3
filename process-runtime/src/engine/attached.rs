//! An attached engine, from outside.

use std::fmt;

use watchers::TaskId;

use super::action::ResumeAction;
use super::error::EngineError;
use super::event::EngineEvents;
use super::list::EngineId;
use super::roster::Roster;
use crate::tracer::Line;

/// One attachment of an engine to a task, for any thread.
///
/// It does not keep the engine attached, and dropping it does not detach. In callbacks and watchers its calls are served
/// in place.
#[derive(Clone)]
pub struct Attached {
    line: Line,
    pub(super) task: TaskId,
    pub(super) id: EngineId,
}

impl Attached {
    pub(crate) fn new(line: Line, task: TaskId, id: EngineId) -> Attached {
        Attached { line, task, id }
    }

    /// The task that it is, or was, attached to.
    pub fn task(&self) -> TaskId {
        self.task
    }

    /// Changes what the engine is told of. What it no longer wants, it is not told of when this has returned.
    ///
    /// # Errors
    ///
    /// [`EngineError::NoSuchTask`]: detached, or the task is gone. [`EngineError::Already`]: the task is dead, and it is too
    /// late for changes of DEATH, QUIESCE or REAP.
    #[doc(alias = "utrace_set_events")]
    pub fn set_events(&self, events: impl Into<EngineEvents>) -> Result<(), EngineError> {
        let (task, id, events) = (self.task, self.id, events.into());
        self.ask(move |roster| roster.set_events(task, id, events))
    }

    /// Stops the task, lets it go, steps it, or detaches the engine: see [`ResumeAction`].
    ///
    /// | the task | Stop | Detach | Resume | Report, steps | Interrupt |
    /// |---|---|---|---|---|---|
    /// | is stopped for engines | `Ok` | `Ok`; goes on if nobody else holds it | the same | the same, after a report | the same |
    /// | is stopped with its group | `Ok`; stays when that ends | `Ok` | `Ok` | `Ok`; when that ends | `Ok` |
    /// | runs, or waits in a call | `InProgress`; soon | `Ok` | `Ok`; nothing happens | `Ok`; soon | `Ok`; at once |
    /// | is dead | `NoSuchTask` | `Ok`; `Already` in DEATH | `NoSuchTask` | `NoSuchTask` | `NoSuchTask` |
    ///
    /// # Errors
    ///
    /// As in the table; [`EngineError::Invalid`] for a report or a step where the engine does not want QUIESCE;
    /// [`EngineError::NoSuchTask`] if it is detached.
    #[doc(alias = "utrace_control")]
    pub fn control(&self, action: ResumeAction) -> Result<(), EngineError> {
        let (task, id) = (self.task, self.id);
        self.ask(move |roster| roster.control(task, id, action))
    }

    /// Returns when no callback of this engine runs: whatever it answered last has taken effect.
    ///
    /// # Errors
    ///
    /// [`EngineError::NoSuchTask`]: it is detached altogether.
    #[doc(alias = "utrace_barrier")]
    pub fn barrier(&self) -> Result<(), EngineError> {
        let (task, id) = (self.task, self.id);
        self.ask(move |roster| roster.barrier(task, id))
    }

    /// Ends one stop, after what is being told now.
    pub(super) fn release(&self, n_releases: u64, then: ResumeAction) {
        let (task, id) = (self.task, self.id);
        // A supervisor that has ended holds nobody.
        let _ = self.line.post(move |tracer| {
            tracer.engines().release(task, id, n_releases, then);
            tracer.carry_out();
        });
    }

    /// Has the supervisor's thread do this. In place where it is that.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        request: impl FnOnce(&Roster) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        if self.line.is_here() {
            return Roster::here().map_or(Err(EngineError::NoSuchTask), |roster| request(&roster));
        }
        let asked = self.line.ask(move |tracer| {
            let answer = request(tracer.engines());
            tracer.carry_out();
            answer
        });
        asked.unwrap_or(Err(EngineError::NoSuchTask))
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached").field("task", &self.task).field("id", &self.id.0).finish()
    }
}
