//! A crate of watchers that stands in a `Cargo.toml` and that no program names: the linker never sees it.
#![forbid(unsafe_code)]

use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn never_called(_: &Task) {}
