//! A list of actions, shared by the tasks that die together for it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::{Rc, Weak};

type Action = Box<dyn FnOnce()>;

/// What is to be undone, and who must be gone before.
#[derive(Default)]
pub(crate) struct List {
    actions: RefCell<Vec<(u64, Action)>>,
    next: Cell<u64>,
    sharers: Cell<usize>,
}

impl List {
    /// One sharer more.
    pub(crate) fn share(self: &Rc<List>) -> Rc<List> {
        self.sharers.set(self.sharers.get() + 1);
        Rc::clone(self)
    }

    /// One sharer less; the last one carries everything out.
    pub(crate) fn leave(&self) {
        self.sharers.set(self.sharers.get().saturating_sub(1));
        if self.sharers.get() == 0 {
            self.carry_out();
        }
    }

    pub(crate) fn add(self: &Rc<List>, action: Action) -> Undo {
        let number = self.next.replace(self.next.get() + 1);
        self.actions.borrow_mut().push((number, action));
        Undo { list: Rc::downgrade(self), number }
    }

    fn take(&self, number: u64) -> Option<Action> {
        let mut actions = self.actions.borrow_mut();
        let at = actions.iter().position(|(other, _)| *other == number)?;
        Some(actions.remove(at).1)
    }

    /// The first panic goes on when all is done, to be reported as this watcher's.
    fn carry_out(&self) {
        let mut panic = None;
        let last = || self.actions.borrow_mut().pop();
        while let Some((_, action)) = last() {
            if let Err(cause) = catch_unwind(AssertUnwindSafe(action)) {
                panic.get_or_insert(cause);
            }
        }
        if let Some(cause) = panic {
            resume_unwind(cause);
        }
    }
}

/// One registered action. Dropping it changes nothing.
#[derive(Clone, Debug)]
pub struct Undo {
    list: Weak<List>,
    number: u64,
}

impl Undo {
    /// The action will not be carried out; whether it was still to be.
    pub fn cancel(&self) -> bool {
        self.list.upgrade().and_then(|list| list.take(self.number)).is_some()
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("sharers", &self.sharers).finish_non_exhaustive()
    }
}
