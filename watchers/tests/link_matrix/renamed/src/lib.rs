//! A crate of the edition 2021 that has `watchers` under another name.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::cell::RefCell;

use tw::{task_data, task_watcher, Errno, Task};

task_data! { static NAMES: RefCell<Vec<String>> = |_, _| RefCell::new(Vec::new()); }

#[task_watcher(init)]
fn limit(task: &Task) -> Result<(), Errno> {
    NAMES.get(task).borrow_mut().push(String::from("limit"));
    Ok(())
}

#[task_watcher(exec, order = -5)]
fn early(_: &Task) {}
