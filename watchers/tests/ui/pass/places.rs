//! Everywhere a function can stand, and with every name that it can have.
#![deny(warnings)]

use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn twice(_: &Task) {}

mod private {
    #[watchers::task_watcher(exec)]
    fn twice(_: &watchers::Task) {}
}

#[task_watcher(exec)]
fn r#match(_: &Task) {}

#[task_watcher(exec)]
fn überwacht(_: &Task) {}

// The names that the expansion has for itself.
#[task_watcher(exec)]
fn task(task: &Task) {
    let _ = task;
}

#[task_watcher(exec)]
fn report(_: &Task) {}

#[task_watcher(exec)]
fn happened(_: &Task) {}

#[allow(dead_code)]
mod core {}
#[allow(dead_code)]
mod std {}
#[allow(dead_code, non_camel_case_types)]
struct i32;

fn main() {
    #[task_watcher(exec)]
    fn local(_: &Task) {}

    let in_a_block = {
        #[task_watcher(exec)]
        fn local(_: &Task) {}
        local
    };
    in_a_block(&Task::builder().build());

    watchers::task_data! { static LOCAL: ::core::cell::Cell<u8> = |_, _| ::core::cell::Cell::new(3); }
    assert_eq!(LOCAL.get(&Task::builder().build()).get(), 3);

    let names: Vec<&str> = watchers::registry().unwrap().iter().map(|watcher| watcher.name).collect();
    let expected = ["twice", "match", "überwacht", "task", "report", "happened", "local", "local", "twice"];
    assert_eq!(names, expected);
}
