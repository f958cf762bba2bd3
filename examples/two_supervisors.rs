//! cargo run --example two_supervisors
//!
//! Two supervisors at once in one process: the same watcher, each with data of its own.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::process::Command;

use process_runtime::{Error, Supervisor};
use watchers::{ExecEvent, Task, task_watcher};

/// What each supervisor is built with. It tells its sum when the supervisor has ended.
struct Tally {
    whose: &'static str,
    programs: Cell<u32>,
}

impl Drop for Tally {
    fn drop(&mut self) {
        eprintln!("{}: {} programs", self.whose, self.programs.get());
    }
}

/// Counts for the supervisor that the task belongs to.
#[task_watcher(exec)]
fn count(task: &Task, _exec: &ExecEvent) {
    if let Some(tally) = task.data::<Tally>() {
        tally.programs.set(tally.programs.get() + 1);
    }
}

fn supervisor(whose: &'static str) -> Result<Supervisor, Error> {
    Supervisor::builder().data(Tally { whose, programs: Cell::new(0) }).start()
}

fn env<const N: usize>(words: [&str; N]) -> Command {
    let mut command = Command::new("env");
    command.args(words);
    command
}

fn main() -> Result<(), Error> {
    let (red, blue) = (supervisor("red")?, supervisor("blue")?);

    // All three run at the same time; `env env true` is one process that runs three programs.
    let mut children = [
        red.spawn(env(["sleep", "0.2"]))?,
        red.spawn(env(["env", "true"]))?,
        blue.spawn(env(["sleep", "0.1"]))?,
    ];
    for child in &mut children {
        assert!(child.wait()?.success());
    }

    red.finish()?;
    blue.finish()
}
