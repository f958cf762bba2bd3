//! A module with one watcher, which does nothing. It is built under four names, as a module is loaded once.
#![forbid(unsafe_code)]

use std::hint::black_box;

use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn idle(_: &Task) {
    black_box(1);
}
