//! The watcher: what a task that ends still has, and who is told.

use std::env;
use std::fmt;

use watchers::{ExitEvent, Task, task_watcher};

use crate::{Held, counters, file_locks};

/// Who is told in a supervisor, to be given as its data.
pub struct Lockdep(Box<dyn Fn(&Held) + Send>);

impl Lockdep {
    /// `tell` is called for each task that ends holding something, on the supervisor's own thread.
    pub fn telling(tell: impl Fn(&Held) + Send + 'static) -> Lockdep {
        Lockdep(Box::new(tell))
    }
}

/// After other watchers of `exit`, which may give things back.
#[task_watcher(exit, order = 1000)]
fn lockdep_check_nothing_held(task: &Task, exit: &ExitEvent) {
    let lockdep = task.data::<Lockdep>();
    if lockdep.is_none() && env::var_os("WATCHERS_LOCKDEP").is_none() {
        return;
    }
    let mut names = counters::confiscate(task);
    if let (true, Some(pid), Some(tid)) = (exit.group_dead, task.pid(), task.tid()) {
        names.extend(file_locks::of(pid, tid));
    }
    if names.is_empty() {
        return;
    }
    let held = Held { task: task.snapshot(), names };
    match lockdep {
        Some(Lockdep(tell)) => tell(&held),
        None => eprintln!("{held}"),
    }
}

impl fmt::Debug for Lockdep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lockdep")
    }
}
