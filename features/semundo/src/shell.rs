//! A shell command that the environment has registered for every command.

use std::env;
use std::ffi::OsStr;
use std::process::Command;

use process_runtime::spawn_aside;
use watchers::{CloneEvent, Pid, Task, task_watcher};

use crate::register;

#[task_watcher(clone)]
fn semundo_of_environment(task: &Task, _clone: &CloneEvent) {
    let (None, Some(pid), Some(script)) = (task.parent_id(), task.pid(), env::var_os("WATCHERS_SEMUNDO"))
    else {
        return;
    };
    // It is just born, so that there is a list.
    let _ = register(task, move || run(&script, pid));
}

/// In a module the tracer's thread has nobody who forks for it, and the shell is its child: it is waited for before the
/// tracer waits again, so that it never meets it.
fn run(script: &OsStr, pid: Pid) {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).args(["semundo", &pid.to_string()]);
    match spawn_aside(command).and_then(|mut shell| shell.wait()) {
        Ok(status) if status.success() => {}
        Ok(status) => eprintln!("semundo: {}: {status}", script.display()),
        Err(error) => eprintln!("semundo: {}: {error}", script.display()),
    }
}
