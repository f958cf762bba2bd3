//! A look at a task that an engine holds.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::attached::Attached;
use super::error::EngineError;
use super::examine::Look;
use crate::inspect::Inspect;

/// A look at a held task that takes longer than one request, by whatever may be done from anywhere: reading /proc, or its
/// memory with process_vm_readv(2).
///
/// ```no_run
/// use process_runtime::{Attached, EngineError};
///
/// /// What a held task waits for; none if it has moved meanwhile.
/// fn wchan(engine: &Attached, tid: i32) -> Result<String, EngineError> {
///     let look = engine.prepare_examine()?;
///     let wchan = std::fs::read_to_string(format!("/proc/{tid}/wchan")).unwrap_or_default();
///     look.finish()?;
///     Ok(wchan)
/// }
/// ```
#[derive(Debug)]
#[must_use = "what was read counts only if the task has stood still to the end"]
pub struct Examination {
    engine: Attached,
    look: Look,
}

impl Attached {
    /// Looks at a task that this engine holds stopped: `look` is called on the supervisor's thread, with the task's
    /// registers and memory.
    ///
    /// ```no_run
    /// use process_runtime::{Attached, EngineError, Role};
    ///
    /// fn where_it_stands(engine: &Attached) -> Result<u64, EngineError> {
    ///     engine.examine(|task| task.register(Role::Instruction).unwrap_or(0))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EngineError::NotHeld`]: this engine does not want the task stopped. [`EngineError::Again`]: it does, but the task
    /// has not stopped yet, or was killed meanwhile. [`EngineError::NoSuchTask`]: it is dead, or the engine detached.
    ///
    /// # Panics
    ///
    /// If `look` does.
    pub fn examine<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Inspect<'_>) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let (task, id) = (self.task, self.id);
        let look = move |task: &Inspect<'_>| catch_unwind(AssertUnwindSafe(|| look(task)));
        let seen = self.ask(move |roster| roster.examine(task, id, look))?;
        seen.map_err(|panic| resume_unwind(panic))
    }

    /// Begins to look at a task that this engine holds stopped, until [`Examination::finish`].
    ///
    /// # Errors
    ///
    /// As [`examine`](Self::examine).
    #[doc(alias = "utrace_prepare_examine")]
    pub fn prepare_examine(&self) -> Result<Examination, EngineError> {
        let (task, id) = (self.task, self.id);
        let look = self.ask(move |roster| roster.look_at(task, |list| list.prepare_examine(id)))?;
        Ok(Examination { engine: self.clone(), look })
    }
}

impl Examination {
    /// Ends the look. What was seen is true if this is `Ok`: the task has stood still from the beginning.
    ///
    /// # Errors
    ///
    /// [`EngineError::Again`]: it has moved; otherwise as [`Attached::examine`].
    #[doc(alias = "utrace_finish_examine")]
    pub fn finish(self) -> Result<(), EngineError> {
        let (task, id, look) = (self.engine.task, self.engine.id, self.look);
        self.engine.ask(move |roster| roster.look_at(task, |list| list.finish_examine(id, look)))
    }
}
