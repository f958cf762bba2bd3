//! [`Unloaded`]: what became of a module.

use std::{rc::Rc, sync::Arc};

use super::{Module, known};
use crate::Task;

/// What became of a module that a supervisor does not call any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unloaded {
    /// It is gone: its file may be replaced, and nothing of it is in memory.
    Unmapped,
    /// It stays in memory, unused. So does a library that has a thread-local value with a destructor, or that another library needs, or
    /// while which was there a thread-specific key was made (pthread_key_create(3)): a thread that ends would call what is gone.
    /// `std::thread::current` makes one in a module that calls it; keys that somebody else has made meanwhile cannot be told apart.
    /// Loaded again, it is the same, with the values of its statics as they were; if its file has been replaced, that is an error.
    StillMapped,
    /// Another supervisor calls its watchers, or somebody holds a task that has data of it; it goes when these do.
    StillUsed,
}

impl Module {
    /// Drops its data of these tasks.
    ///
    /// A value may have another of the tasks, whose own values go only when that one is gone: a pass for each link of such a chain, at most,
    /// so that data which is made anew whenever it is dropped does not go on for ever.
    pub(crate) fn revoke(&self, mut tasks: Vec<&mut Rc<Task>>) {
        for _ in 0..=tasks.len() {
            let mut has_revoked = false;
            for task in &mut tasks {
                has_revoked |= task.revoke(self.indices());
            }
            if !has_revoked {
                return;
            }
        }
    }

    /// Lets go of the module.
    pub fn unload(self) -> Unloaded {
        // Nobody opens or closes one meanwhile: what is said is of this one.
        let _known = known::lock();
        let library = self.loaded.library();
        match Arc::into_inner(self.loaded) {
            None => Unloaded::StillUsed,
            Some(module) => {
                drop(module);
                if library.is_mapped() { Unloaded::StillMapped } else { Unloaded::Unmapped }
            }
        }
    }
}
