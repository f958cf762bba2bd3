//! A module: a shared library with watchers and with a copy of everything they need.
#![forbid(unsafe_code)]

use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn from_a_module(_: &Task) {}
