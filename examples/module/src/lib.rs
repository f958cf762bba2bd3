//! A module of task watchers: `cargo build -p example-module`, then `taskwatch --module target/debug/libexample_module.so make`.
//!
//! It says which program did most: for each task that runs programs, one line at its end. There is nothing to declare but the
//! crate's type: the watchers are found as those of a program are. A module has a copy of every crate that it needs, its statics too;
//! what it shares with its host are tasks, events and data of types that both know.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};

use watchers::{ExecEvent, FreeEvent, InitEvent, Task, task_data, task_watcher};

task_data! {
    /// How many children and threads the task has tried to make.
    static FORKS: Cell<u32> = |_task, _parent| Cell::new(0);

    /// The program that the task runs.
    static PROGRAM: RefCell<String> = |_task, parent| {
        RefCell::new(parent.map_or_else(String::new, |parent| PROGRAM.get(parent).borrow().clone()))
    };
}

#[task_watcher(init)]
fn count(task: &Task, _init: &InitEvent) {
    if let Some(parent) = task.parent() {
        let forks = FORKS.get(&parent);
        forks.set(forks.get() + 1);
    }
}

#[task_watcher(exec)]
fn note(task: &Task, exec: &ExecEvent) {
    let path = exec.path().unwrap_or_default();
    *PROGRAM.get(task).borrow_mut() = path.to_string_lossy().into_owned();
}

#[task_watcher(free)]
fn tell(task: &Task, _free: &FreeEvent) {
    let line = format!("{} made {} tasks", PROGRAM.get(task).borrow(), FORKS.get(task).get());
    match task.data::<Lines>() {
        Some(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).push(line),
        None if FORKS.get(task).get() > 0 => eprintln!("example module: {line}"),
        None => {}
    }
}

/// What a host that wants the lines for itself gives to `Builder::data`.
pub type Lines = Arc<Mutex<Vec<String>>>;
