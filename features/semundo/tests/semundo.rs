//! The row "semundo" of the features of 2006: undone when the kernel undoes, by whatever a task dies.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../process-runtime/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use process_runtime::Supervisor;
use support::{Mode, is_elsewhere, lines, myself, run_with, tracee};
use watchers::{CloneEvent, Task, task_watcher};
use watchers_semundo::register;

/// What the holder of a run is to have undone: a file, and a note of it.
struct Holding {
    file: PathBuf,
    log: Arc<Mutex<Vec<&'static str>>>,
}

/// The holder is the command's first child.
#[task_watcher(clone)]
fn hold(task: &Task, _clone: &CloneEvent) {
    let is_child = task.parent().is_some_and(|parent| parent.parent_id().is_none());
    let Some(holding) = task.data::<Holding>().filter(|_| is_child) else { return };
    let log = |what| {
        let log = holding.log.clone();
        move || log.lock().unwrap().push(what)
    };
    let (file, note) = (holding.file.clone(), log("first"));
    register(task, move || {
        note();
        fs::write(file, "").unwrap();
    })
    .unwrap();
    register(task, || panic!("an action's own affair")).unwrap();
    assert!(register(task, log("cancelled")).unwrap().cancel());
    register(task, log("last")).unwrap();
}

fn run(mode: Mode, way: &str, end: &str) -> (support::Lines, Vec<&'static str>) {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (folder.path().join("undone"), Arc::default());
    let mut command = tracee("undo");
    command.args([way, end]).arg(&file);
    let run = run_with(mode.builder().data(Holding { file, log: Arc::clone(&log) }), command);
    assert_eq!((run.verdict.status.as_str(), run.notices.len()), ("code 0", 1), "{:?}", run.notices);
    let log = log.lock().unwrap().clone();
    (run.verdict.stdout, log)
}

#[test]
fn undone_when_the_kernel_undoes() {
    let table = [
        // The child has a list of its own.
        ("fork", "exit", "undone\nundone"),
        ("fork", "kill", "undone\nundone"),
        // It shares the holder's.
        ("shared", "exit", "held\nundone"),
        ("shared", "kill", "held\nundone"),
        // So does a thread, which a kill takes along.
        ("thread", "exit", "held\nundone"),
        ("thread", "kill", "undone\nundone"),
    ];
    for (mode, (way, end, expected)) in Mode::ALL.into_iter().flat_map(|mode| table.map(|row| (mode, row))) {
        assert_eq!(run(mode, way, end), (lines(expected), vec!["last", "first"]), "{mode:?} {way} {end}");
    }
}

/// A module has no other settings.
#[test]
fn the_environment_names_a_command() {
    let name = "the_environment_names_a_command";
    if is_elsewhere(name) {
        let supervisor = Supervisor::builder().start().unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "(exit 3); kill -9 $$"]);
        let mut child = supervisor.spawn(command).unwrap();
        child.wait_tree().unwrap();
        fs::write(std::env::var_os("EXPECTED").unwrap(), format!("{} is gone\n", child.id())).unwrap();
        supervisor.finish().unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (trail, expected) = (folder.path().join("trail"), folder.path().join("expected"));
    let mut command = myself(name);
    command
        .env("WATCHERS_SEMUNDO", format!("echo \"$1\" is gone >>{}", trail.display()))
        .env("EXPECTED", &expected);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(trail).unwrap(), fs::read_to_string(expected).unwrap());
}
