//! A crate without `unsafe`, whose lints are errors, uses every macro.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused, deprecated, missing_debug_implementations)]
#![deny(let_underscore_drop, single_use_lifetimes, trivial_casts, unused_qualifications, unused_results)]

use std::cell::Cell;

use watchers::{ExecEvent, Task, expect, task_data, task_watcher};

task_data! {
    /// How many programs a task has executed.
    pub static EXECUTED: Cell<u32> = |_task, _parent| Cell::new(0);
    static DEPTH: u32 = |_, parent: Option<&Task>| parent.map_or(0, |parent| DEPTH.get(parent) + 1);
}

expect!["watchers-tests"];

/// Counts.
#[task_watcher(exec)]
pub fn count(task: &Task, _: &ExecEvent) {
    EXECUTED.get(task).set(EXECUTED.get(task).get() + *DEPTH.get(task));
}

fn main() {
    assert_eq!(watchers::start(), Ok(()));
    assert_eq!(watchers::registry().map(<[_]>::len), Ok(1));
}
