//! What remote calls leave for the loop to do.

use std::cell::RefCell;
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
}

impl Detours {
    /// Keeps a stop for the loop.
    pub(super) fn put_off(&self, raw: RawStop) {
        self.put_off.borrow_mut().push_back(raw);
    }

    /// The oldest stop that was kept.
    pub(crate) fn take_put_off(&self) -> Option<RawStop> {
        self.put_off.borrow_mut().pop_front()
    }

    /// Whether a stop of this task is kept: that one decides how it goes on.
    pub(crate) fn has_put_off(&self, tid: Tid) -> bool {
        self.put_off.borrow().iter().any(|raw| raw.tid == tid)
    }

    /// This task is not to run before it has stopped once more.
    pub(super) fn owe(&self, tid: Tid) {
        if !self.owes(tid) {
            self.owing.borrow_mut().push(tid);
        }
    }

    /// Whether it is not.
    pub(crate) fn owes(&self, tid: Tid) -> bool {
        self.owing.borrow().contains(&tid)
    }

    /// Whether anything is left to do.
    pub(crate) fn is_unfinished(&self) -> bool {
        !self.put_off.borrow().is_empty() || !self.owing.borrow().is_empty()
    }

    /// It has stopped, or is dead.
    pub(crate) fn settle(&self, tid: Tid) {
        self.owing.borrow_mut().retain(|owing| *owing != tid);
    }
}
