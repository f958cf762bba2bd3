//! The watchers.

use std::rc::Rc;

use watchers::{Errno, Event, Task, task_data, task_watcher};

use crate::Bench;
use crate::counts::Counts;
use crate::file::CountFile;

task_data! {
    /// The file of a supervisor that has no bench. Each command opens it, and its tree shares it.
    static FILE: Option<Result<Rc<CountFile>, Errno>> = |task, parent| match parent {
        Some(parent) => FILE.get(parent).clone(),
        None if task.data::<Bench>().is_some() => None,
        None => CountFile::open().map(|file| file.map(Rc::new)),
    };
}

/// Refuses a command whose counts cannot be written.
#[task_watcher(init)]
fn twbench_opens(task: &Task) -> Result<(), Errno> {
    match FILE.get(task) {
        Some(Err(errno)) => Err(*errno),
        _ => Ok(()),
    }
}

/// Counts.
#[task_watcher(clone, exit)]
fn twbench(task: &Task, event: Event<'_>) {
    match (task.data::<Bench>(), FILE.get(task)) {
        (Some(bench), _) => count(bench.counts(), event),
        (None, Some(Ok(file))) => {
            count(file.counts(), event);
            file.write();
        }
        _ => {}
    }
}

fn count(counts: &Counts, event: Event<'_>) {
    match event {
        Event::Clone(_) => counts.clone_seen(),
        Event::Exit(_) => counts.exit_seen(),
        _ => {}
    }
}
