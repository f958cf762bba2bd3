//! Types are types, whatever they are called.
#![deny(warnings)]

use std::ops::ControlFlow;

use watchers::{self as w, Errno, Event, ExecEvent, InitEvent, Task as Process, task_watcher};

type Subject<'a> = &'a Process;
type Happened<'a> = &'a ExecEvent;
type Anything<'a> = Event<'a>;
type Answer = Result<(), Errno>;
type Unit = ();

#[task_watcher(exec)]
fn subject(_: Subject<'_>, _: Happened) {}

#[task_watcher(exec, exit)]
fn anything<'a>(_: &'a Process, _: Anything<'a>) -> Unit {}

#[task_watcher(init)]
fn answer(_: &w::Task, _: &InitEvent) -> Answer {
    Ok(())
}

#[task_watcher(init)]
fn flow(_: &Process) -> ControlFlow<Errno> {
    ControlFlow::Continue(())
}

fn main() {
    assert_eq!(watchers::registry().unwrap().len(), 5);
}
