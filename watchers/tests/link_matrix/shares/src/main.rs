//! A program that has `watchers` from a Rust dylib, and watchers besides that library's.
#![forbid(unsafe_code)]

use watchers::{Task, registry, task_data, task_watcher};

task_data! { static FIVE: u8 = |_, _| 5; }

#[task_watcher(exec)]
fn in_the_program(_: &Task) {}

fn main() {
    let task = Task::builder().build();
    assert_eq!((*shared::FOUR.get(&task), *FIVE.get(&task)), (4, 5));
    for watcher in registry().expect("a sound table") {
        println!("{} {} {}", watcher.event, watcher.path(), watcher.name);
    }
}
