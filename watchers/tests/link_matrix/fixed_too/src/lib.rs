//! A module that is linked for a fixed address, as a library that was prelinked: its base is 0 too.
#![forbid(unsafe_code)]

use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn fixed_too(_: &Task) {}
