//! A module that the loader does not unmap: it has a thread-local value with a destructor.
#![forbid(unsafe_code)]

use std::cell::RefCell;

use watchers::{Task, task_watcher};

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

#[task_watcher(exec)]
fn clings(task: &Task) {
    SEEN.with_borrow_mut(|seen| seen.push(format!("{task:?}")));
}
