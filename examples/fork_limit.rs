//! cargo run --example fork_limit
//!
//! At most four tasks live at once: the next fork fails with EAGAIN, before any child exists.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::env;
use std::error::Error;
use std::process::{Child, Command, Stdio};

use process_runtime::Supervisor;
use watchers::{Errno, EventKind, FreeEvent, InitEvent, Task, task_data, task_watcher};

/// What the supervisor is built with. It stays on one thread, so a `Cell` will do.
struct Limit {
    most: u32,
    live: Cell<u32>,
}

task_data! {
    /// Whether the task takes one of the places.
    static COUNTED: Cell<bool> = |_task, _parent| Cell::new(false);
}

/// Refuses one task too many.
#[task_watcher(init)]
fn at_most(task: &Task, _init: &InitEvent) -> Result<(), Errno> {
    let Some(limit) = task.data::<Limit>() else { return Ok(()) };
    if limit.live.get() >= limit.most {
        return Err(Errno::EAGAIN);
    }
    limit.live.set(limit.live.get() + 1);
    COUNTED.get(task).set(true);
    Ok(())
}

/// Gives a place back. Tasks that were refused are freed too, and had none.
#[task_watcher(free)]
fn one_less(task: &Task, _free: &FreeEvent) {
    if let Some(limit) = task.data::<Limit>()
        && COUNTED.get(task).take()
    {
        limit.live.set(limit.live.get() - 1);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().nth(1).as_deref() == Some("--greedy") {
        return greedy();
    }
    let mut command = Command::new(env::current_exe()?);
    command.arg("--greedy");
    Supervisor::builder()
        .data(Limit { most: 4, live: Cell::new(0) })
        .observe(EventKind::Init, |_task, _event, outcome| {
            if let Some(refusal) = outcome.refusal() {
                eprintln!("supervisor: refused with {} by {}", refusal.errno, refusal.watcher);
            }
        })
        .run(command)?;
    Ok(())
}

/// The program that is supervised: it makes children until it gets no more, and one again after one has ended.
fn greedy() -> Result<(), Box<dyn Error>> {
    let mut children = Vec::new();
    let refused = loop {
        match idle_child() {
            Ok(child) => children.push(child),
            Err(error) => break error,
        }
        eprintln!("greedy: child {} lives", children.len());
    };
    eprintln!("greedy: no further child: {refused}");

    if let Some(child) = children.pop() {
        end(child)?;
        children.push(idle_child()?);
        eprintln!("greedy: one has ended, and a new child lives");
    }
    children.into_iter().try_for_each(end)
}

/// A process that lives until its standard input is closed.
fn idle_child() -> std::io::Result<Child> {
    Command::new("cat").stdin(Stdio::piped()).spawn()
}

fn end(mut child: Child) -> Result<(), Box<dyn Error>> {
    child.wait()?;
    Ok(())
}
