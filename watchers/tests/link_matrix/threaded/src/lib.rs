//! A module that asks for its thread, of which its standard library keeps a note until the thread ends.
#![forbid(unsafe_code)]

use std::thread;

use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn asks(_: &Task) {
    assert!(thread::current().name().is_none(), "its standard library has not started the thread");
}
