//! The function stays what it was: callable, with its attributes and its documentation.
#![deny(warnings)]

use watchers::{Errno, Task, Verdict, task_watcher};

/// Refuses everything.
#[must_use]
#[inline(never)]
#[task_watcher(init)]
#[doc(alias = "refuse")]
fn deny(_: &Task) -> Verdict {
    Verdict::deny(Errno::EAGAIN)
}

#[deprecated]
#[task_watcher(exec)]
fn old(_: &Task) {}

#[task_watcher(exec)]
const fn constant(_: &Task) {}

#[cold]
#[track_caller]
#[task_watcher(exit)]
pub(crate) fn visible(_: &Task) {}

fn main() {
    let task = Task::builder().build();
    assert_eq!(deny(&task), Verdict::deny(Errno::EAGAIN));
    const { assert!(std::mem::size_of_val(&constant) == 0) };
    visible(&task);
    let names: Vec<&str> = watchers::registry().unwrap().iter().map(|watcher| watcher.function).collect();
    assert_eq!(names, ["deny", "old", "constant", "visible"]);
}
