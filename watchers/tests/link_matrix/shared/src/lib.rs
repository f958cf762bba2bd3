//! A Rust dylib with watchers, and with the only copy of the crate `watchers` in its program.
#![forbid(unsafe_code)]

use watchers::{Task, task_data, task_watcher};

task_data! { pub static FOUR: u8 = |_, _| 4; }

#[task_watcher(exec)]
pub fn in_the_library(_: &Task) {}
