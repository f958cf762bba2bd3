//! What remote calls leave for the loop to do.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use watchers::Tid;

use crate::stop::RawStop;

/// Of all tasks of a supervisor. Nearly always empty.
#[derive(Debug, Default)]
pub(crate) struct Detours {
    /// Ends that a call met and that are still to be told.
    put_off: RefCell<VecDeque<RawStop>>,
    /// Tasks that have passed a stop which they have to make up for before they run.
    owing: RefCell<Vec<Tid>>,
    /// Whether there is one of either.
    is_unfinished: Cell<bool>,
}

impl Detours {
    /// Keeps a stop for the loop.
    pub(super) fn put_off(&self, raw: RawStop) {
        self.put_off.borrow_mut().push_back(raw);
        self.is_unfinished.set(true);
    }

    /// The oldest stop that was kept.
    pub(crate) fn take_put_off(&self) -> Option<RawStop> {
        if self.is_unfinished() { self.take_oldest() } else { None }
    }

    #[cold]
    fn take_oldest(&self) -> Option<RawStop> {
        let oldest = self.put_off.borrow_mut().pop_front();
        self.look();
        oldest
    }

    /// Whether a stop of this task is kept: that one decides how it goes on.
    pub(crate) fn has_put_off(&self, tid: Tid) -> bool {
        self.put_off.borrow().iter().any(|raw| raw.tid == tid)
    }

    /// This task is not to run before it has stopped once more.
    pub(super) fn owe(&self, tid: Tid) {
        if !self.owes(tid) {
            self.owing.borrow_mut().push(tid);
            self.is_unfinished.set(true);
        }
    }

    /// Whether it is not.
    pub(crate) fn owes(&self, tid: Tid) -> bool {
        self.owing.borrow().contains(&tid)
    }

    /// Whether anything is left to do.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.is_unfinished.get()
    }

    fn look(&self) {
        self.is_unfinished.set(!self.put_off.borrow().is_empty() || !self.owing.borrow().is_empty());
    }

    /// It has stopped, or is dead.
    pub(crate) fn settle(&self, tid: Tid) {
        if self.is_unfinished() {
            self.forgive(tid);
        }
    }

    #[cold]
    fn forgive(&self, tid: Tid) {
        self.owing.borrow_mut().retain(|owing| *owing != tid);
        self.look();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_unfinished_as_long_as_anything_is_left() {
        let (detours, tid) = (Detours::default(), Tid::from_raw(7).unwrap());
        let raw = RawStop { tid, status: 0, message: None, syscall: None };
        assert!(!detours.is_unfinished() && detours.take_put_off().is_none());
        detours.owe(tid);
        detours.put_off(raw);
        detours.put_off(raw);
        assert!(detours.owes(tid) && detours.has_put_off(tid));
        detours.settle(tid);
        assert!(detours.is_unfinished() && !detours.owes(tid));
        assert!(detours.take_put_off().is_some() && detours.is_unfinished());
        assert!(detours.take_put_off().is_some() && !detours.is_unfinished());
        detours.owe(tid);
        detours.settle(tid);
        assert!(!detours.is_unfinished());
    }
}
