//! Every task of a supervisor that has work.
//!
//! On the tracer's thread, and reached there from callbacks; so nothing stays borrowed while code of users' runs, their `Drop`
//! included.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::{Rc, Weak};

use watchers::TaskId;

use super::course::Course;
use super::work::Work;
use crate::inspect::StopOrigin;

thread_local! {
    static HERE: RefCell<Weak<Notified>> = const { RefCell::new(Weak::new()) };
}

/// The courses of all tasks that have one.
#[derive(Default)]
pub(crate) struct Notified {
    courses: RefCell<HashMap<TaskId, Course>>,
    is_used: Cell<bool>,
    origin: Rc<StopOrigin>,
}

impl Notified {
    /// For the calling thread, whose tasks come from `origin`.
    pub(crate) fn on_this_thread(origin: Rc<StopOrigin>) -> Rc<Notified> {
        let notified = Rc::new(Notified { origin, ..Notified::default() });
        HERE.set(Rc::downgrade(&notified));
        notified
    }

    /// That of the tracer that the calling thread is.
    pub(crate) fn here() -> Option<Rc<Notified>> {
        HERE.with_borrow(Weak::upgrade)
    }

    /// Whether there never was any work.
    pub(crate) fn is_unused(&self) -> bool {
        !self.is_used.get()
    }

    /// Adds work for a task that is there, behind what it has.
    pub(crate) fn add(&self, task: TaskId, work: Work) {
        self.with_new(task, |course| course.queue.push_back(work));
    }

    pub(crate) fn has_work(&self, task: TaskId) -> bool {
        self.with(task, |course| !course.queue.is_empty()).unwrap_or(false)
    }

    /// The work that a task has had for longest.
    pub(crate) fn next(&self, task: TaskId) -> Option<Work> {
        self.with(task, |course| course.queue.pop_front()).flatten()
    }

    /// Looks at a course, or changes it.
    pub(crate) fn with<T>(&self, task: TaskId, look: impl FnOnce(&mut Course) -> T) -> Option<T> {
        self.courses.borrow_mut().get_mut(&task).map(look)
    }

    /// The same, of a task that may have none yet.
    pub(crate) fn with_new<T>(&self, task: TaskId, look: impl FnOnce(&mut Course) -> T) -> T {
        self.is_used.set(true);
        self.origin.begin_other_business();
        look(self.courses.borrow_mut().entry(task).or_default())
    }

    /// Forgets a task for which nothing is left to be done.
    pub(crate) fn forget_if_over(&self, task: TaskId) {
        let mut courses = self.courses.borrow_mut();
        if courses.get(&task).is_some_and(Course::is_over) {
            courses.remove(&task);
        }
    }

    /// Takes the course of a task that is gone.
    pub(crate) fn take(&self, task: TaskId) -> Option<Course> {
        self.courses.borrow_mut().remove(&task)
    }

    /// Whether there is a task that has to be put right at its next stop.
    pub(crate) fn awaits_a_stop(&self) -> bool {
        self.courses.borrow().values().any(Course::awaits_a_stop)
    }
}

impl fmt::Debug for Notified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notified").field("is_used", &self.is_used.get()).finish_non_exhaustive()
    }
}
