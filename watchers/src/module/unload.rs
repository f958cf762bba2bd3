//! [`Unloaded`]: what became of a module.

use std::sync::Arc;

use super::Module;
use crate::linked::is_mapped;

/// What became of a module that a supervisor does not call any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unloaded {
    /// It is gone: its file may be replaced, and nothing of it is in memory.
    Unmapped,
    /// The loader keeps it in memory, unused. So it does with a library that has a thread-local value with a destructor, or that another
    /// library needs; loaded again, it is the same, with the values of its statics as they were.
    StillMapped,
    /// Another supervisor calls its watchers, or somebody holds a task that has data of it; it goes when these do.
    StillUsed,
}

impl Module {
    /// Lets go of the module.
    pub fn unload(self) -> Unloaded {
        let base = self.0.base();
        match Arc::into_inner(self.0) {
            None => Unloaded::StillUsed,
            Some(module) => {
                drop(module);
                if is_mapped(base) { Unloaded::StillMapped } else { Unloaded::Unmapped }
            }
        }
    }
}
