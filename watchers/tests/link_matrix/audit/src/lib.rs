//! A crate of watchers that a program has only to name.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::cell::Cell;

use watchers::{ExecEvent, Task, task_data, task_watcher};

task_data! {
    /// How many watchers have seen the task.
    pub static SEEN: Cell<u32> = |_task, _parent| Cell::new(0);
}

fn see(task: &Task) {
    SEEN.get(task).set(SEEN.get(task).get() + 1);
}

#[task_watcher(exec, order = 20)]
fn zeta(task: &Task) {
    see(task);
}

#[task_watcher(exec, order = 20)]
fn alpha(task: &Task, _: &ExecEvent) {
    see(task);
}

/// Nobody outside can name what is in here.
mod private {
    use watchers::{Event, Task, task_watcher};

    #[task_watcher(exec, order = -5)]
    fn first(task: &Task) {
        super::see(task);
    }

    #[task_watcher(exit)]
    #[task_watcher(free, order = 3)]
    fn both(_: &Task, _: Event<'_>) {}
}

#[task_watcher(clone, name = "audit.clone")]
fn named(_: &Task) {}
