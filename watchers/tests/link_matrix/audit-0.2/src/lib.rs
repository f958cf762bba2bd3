//! The next version of `audit`, which moved a watcher by some lines and added one.
#![forbid(unsafe_code)]

use watchers::{Task, task_watcher};

#[task_watcher(exec, order = 10)]
fn beta(_: &Task) {}

#[task_watcher(exec, order = 20)]
fn zeta(_: &Task) {}
