//! [`Places`]: the indices that a process gives to its statics of task data.
//!
//! A module has a copy of this crate, and of this file's static, of its own: what it asks of a task goes to the copy that made the task.
//! A module's indices are given back when it goes, so that loading and unloading for ever takes no more room than the most that was ever
//! loaded at once.

use std::{
    any::Any,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use crate::{data_panicked, guarded::Hear};

/// Whatever must stay while a value is there.
pub(crate) type Keep = Arc<dyn Any + Send + Sync>;

/// The indices that were given, and to whom.
#[derive(Debug)]
pub(crate) struct Places {
    n_placed: AtomicU32,
    lent: Mutex<Lent>,
    n_lent: AtomicU32,
    /// Who is told of values of these tasks that panic, whichever copy of the crate makes them.
    hear: Hear,
}

/// The indices of modules.
#[derive(Debug, Default)]
struct Lent {
    free: Vec<u32>,
    owners: Vec<(u32, Weak<dyn Any + Send + Sync>)>,
}

/// Those of this copy of the crate.
pub(crate) static PLACES: Places = Places::new(data_panicked::hear);

impl Places {
    pub(crate) const fn new(hear: Hear) -> Self {
        let lent = Lent { free: Vec::new(), owners: Vec::new() };
        Self { n_placed: AtomicU32::new(0), lent: Mutex::new(lent), n_lent: AtomicU32::new(0), hear }
    }

    /// Who is told of values that panic.
    pub(crate) fn hear(&self) -> Hear {
        self.hear
    }

    /// How many indices there are.
    pub(crate) fn count(&self) -> u32 {
        self.n_placed.load(Relaxed)
    }

    /// An index that no static has had.
    pub(crate) fn take(&self) -> u32 {
        self.n_placed.fetch_add(1, Relaxed)
    }

    /// An index for a module's static; as long as that has values, `owner` stays.
    pub(crate) fn lend(&self, owner: Weak<dyn Any + Send + Sync>) -> u32 {
        let mut lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        let index = lent.free.pop().unwrap_or_else(|| self.take());
        lent.owners.push((index, owner));
        self.n_lent.fetch_add(1, Relaxed);
        index
    }

    /// Takes back an index that was lent. No task has a value there.
    pub(crate) fn give_back(&self, index: u32) {
        let mut lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        lent.owners.retain(|(other, _)| *other != index);
        lent.free.push(index);
        self.n_lent.fetch_sub(1, Relaxed);
    }

    /// Whose static has this index, if it is a module's.
    pub(crate) fn owner(&self, index: u32) -> Option<Keep> {
        if self.n_lent.load(Relaxed) == 0 {
            return None;
        }
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        lent.owners.iter().find(|(other, _)| *other == index)?.1.upgrade()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_lent_again() {
        let places = Places::new(|_, _| ());
        assert_eq!((places.take(), places.count()), (0, 1));
        let owner: Keep = Arc::new("a module");
        let [first, second] = [(); 2].map(|()| places.lend(Arc::downgrade(&owner)));
        assert_eq!((first, second, places.take()), (1, 2, 3));
        assert!(places.owner(0).is_none() && places.owner(1).is_some());
        places.give_back(first);
        assert!(places.owner(1).is_none() && places.owner(2).is_some());
        assert_eq!((places.lend(Arc::downgrade(&owner)), places.count()), (1, 4));
        drop(owner);
        assert!(places.owner(1).is_none());
    }
}
