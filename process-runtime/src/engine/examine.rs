//! `utrace_prepare_examine` and `utrace_finish_examine`: whether a task stands still as long as somebody looks at it.

use super::error::EngineError;
use super::list::{EngineId, List, Standing};
use super::teardown::Life;

/// Which stop of a task somebody looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look(u64);

impl<E> List<E> {
    /// Begins to look at a task that this engine holds.
    pub(crate) fn prepare_examine(&self, id: EngineId) -> Result<Look, EngineError> {
        let slot = self.slot(id).ok_or(EngineError::NoSuchTask)?;
        match (slot.holds, self.life, self.standing) {
            (false, ..) => Err(EngineError::NotHeld),
            (true, Life::Alive, Standing::Held) => Ok(Look(self.n_moves())),
            (true, Life::Alive, _) => Err(EngineError::Again),
            _ => Err(EngineError::NoSuchTask),
        }
    }

    /// Whether it has stood still since.
    pub(crate) fn finish_examine(&self, id: EngineId, look: Look) -> Result<(), EngineError> {
        if self.prepare_examine(id)? == look { Ok(()) } else { Err(EngineError::Again) }
    }
}
