//! A crate of watchers: what each process ran and how many processes it made, told when it ends.
//!
//! Nobody calls anything in here. A supervisor that is to have these watchers links the crate, in one line,
//! `use examples as _;`, as the example `linked_watchers` does; without that line the linker leaves them out.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::path::Path;
use std::rc::Rc;

use watchers::{CloneEvent, ExecEvent, ExitEvent, Task, task_data, task_watcher};

/// What one process has done so far.
#[derive(Default)]
struct Deeds {
    programs: RefCell<Vec<String>>,
    children: Cell<u32>,
}

task_data! {
    /// The deeds of the task's process: those of a thread are its creator's.
    static DEEDS: Rc<Deeds> = |task, parent| match parent {
        Some(parent) if task.is_thread() => Rc::clone(DEEDS.get(parent)),
        _ => Rc::default(),
    };
}

/// Counts a new process for the one that made it.
#[task_watcher(clone)]
fn count_forks(task: &Task, _clone: &CloneEvent) {
    if let Some(parent) = task.parent()
        && !task.is_thread()
    {
        let children = &DEEDS.get(&parent).children;
        children.set(children.get() + 1);
    }
}

/// Notes the program that a process runs from now on.
#[task_watcher(exec)]
fn record_exec(task: &Task, exec: &ExecEvent) {
    let program = exec.path().map_or_else(|| String::from("?"), |path| file_name(&path));
    DEEDS.get(task).programs.borrow_mut().push(program);
}

/// Tells what a process has done, when its last thread ends.
#[task_watcher(exit)]
fn tell_deeds(task: &Task, exit: &ExitEvent) {
    if let (true, Some(pid)) = (exit.group_dead, task.pid()) {
        eprintln!("process {pid} {}", DEEDS.get(task).sentence());
    }
}

impl Deeds {
    fn sentence(&self) -> String {
        let programs = self.programs.borrow();
        let ran =
            if programs.is_empty() { "nothing of its own".to_owned() } else { programs.join(", then ") };
        match self.children.get() {
            0 => format!("ran {ran}"),
            1 => format!("ran {ran}, and made 1 process"),
            n => format!("ran {ran}, and made {n} processes"),
        }
    }
}

fn file_name(path: &OsString) -> String {
    let path = Path::new(path);
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The programs in the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use watchers::{CloneFlags, Event, notify};

    use super::*;

    #[test]
    fn a_thread_forks_for_its_process() {
        let process = Task::builder().build();
        let thread = Task::builder().parent(&process).thread().build();
        let child = Task::builder().parent(&thread).build();
        let (thread_flags, fork) = (CloneFlags::from_raw(CloneFlags::CLONE_THREAD), CloneFlags::FORK);

        let _ = notify(&process, Event::Exec(&ExecEvent::new("/usr/bin/make", ["make"])));
        let _ = notify(&thread, Event::Clone(&CloneEvent::new(thread_flags)));
        let _ = notify(&child, Event::Clone(&CloneEvent::new(fork)));

        assert_eq!(DEEDS.get(&process).sentence(), "ran make, and made 1 process");
        assert_eq!(DEEDS.get(&child).sentence(), "ran nothing of its own");
    }
}
