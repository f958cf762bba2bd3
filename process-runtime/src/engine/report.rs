//! Where a task is when an engine is told of it.

use watchers::Task;

use super::action::ResumeAction;
use super::attached::Attached;
use super::hold::Hold;
use super::list::Wish;
use crate::inspect::{Inspect, TaskExt};

/// The stop at which an engine is called.
///
/// The task does not run as long as the callback does. Its registers and memory are there
/// ([`stopped`](Report::stopped)), and calls of [`Attached`] for any engine of the supervisor are served in place.
#[derive(Debug)]
pub struct Report<'r> {
    task: &'r Task,
    me: &'r Attached,
    so_far: ResumeAction,
    n_releases: u64,
    unchanged: ResumeAction,
}

impl<'r> Report<'r> {
    pub(crate) fn new(task: &'r Task, me: &'r Attached, so_far: ResumeAction, before: Wish) -> Report<'r> {
        let Wish { n_releases, action } = before;
        Report { task, me, so_far, n_releases, unchanged: action }
    }

    /// The task.
    pub fn task(&self) -> &'r Task {
        self.task
    }

    /// Its registers and memory; `None` where it is dead.
    pub fn stopped(&self) -> Option<Inspect<'r>> {
        self.task.stopped()
    }

    /// This engine, for other threads, and to change its events.
    pub fn engine(&self) -> &'r Attached {
        self.me
    }

    /// What the engines that were called before want together.
    pub fn resume_so_far(&self) -> ResumeAction {
        self.so_far
    }

    /// To want what was wanted before: the task stopped, if it was to be stopped, and else nothing.
    pub fn unchanged(&self) -> ResumeAction {
        self.unchanged
    }

    /// A token for the stop that the answer [`ResumeAction::Stop`] begins: dropping it, on any thread, ends that stop.
    #[must_use = "a task that nobody holds goes on"]
    pub fn hold(&self) -> Hold {
        Hold::new(self.me.clone(), self.n_releases)
    }
}
