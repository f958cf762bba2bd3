//! What is not compiled is not registered, wherever the condition stands.
#![deny(warnings)]

use watchers::{Task, task_watcher};

#[cfg(any())]
#[task_watcher(exec)]
fn before(_: &Task) {}

#[task_watcher(exec)]
#[cfg(any())]
fn behind(_: &Task) {}

#[cfg_attr(all(), task_watcher(exec, order = 1))]
fn there(_: &Task) {}

#[cfg_attr(any(), task_watcher(exec))]
#[allow(dead_code)]
fn not_there(_: &Task) {}

#[task_watcher(exec, order = 2)]
#[cfg(all())]
fn there_too(_: &Task) {}

watchers::task_data! {
    #[cfg(any())]
    static GONE: NoSuchType = |_, _| NoSuchType;
    #[cfg(all())]
    static HERE: u8 = |_, _| 1;
}

fn main() {
    assert_eq!(*HERE.get(&Task::builder().build()), 1);
    let names: Vec<&str> = watchers::registry().unwrap().iter().map(|watcher| watcher.name).collect();
    assert_eq!(names, ["there", "there_too"]);
}
