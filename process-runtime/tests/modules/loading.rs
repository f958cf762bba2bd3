//! A module that is there from the start, or comes to a tree that lives, and goes.

use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};

use process_runtime::Supervisor;
use watchers::Unloaded;

use crate::support::{Mode, Session, run_with};
use crate::{Shell, alone, module};

type Lines = Arc<Mutex<Vec<String>>>;

fn taken(lines: &Lines) -> Vec<String> {
    std::mem::take(&mut *lines.lock().unwrap())
}

#[test]
fn from_the_start() {
    let _alone = alone();
    for mode in Mode::ALL {
        let lines = Lines::default();
        let builder = mode.builder().module(module()).data(lines.clone());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "/bin/true; /bin/true"]);
        let run = run_with(builder, command);
        assert_eq!(run.verdict.status, "code 0");
        let expected = ["/bin/true made 0 tasks", "/bin/true made 0 tasks", "/bin/sh made 2 tasks"];
        assert_eq!(taken(&lines), expected, "{mode:?}");
    }
}

/// The supervisor was started with nothing that needs `init`, so the filter of the shell does not stop forks: they are had by
/// system-call stops once the module is there.
#[test]
fn into_a_tree_that_lives() {
    let _alone = alone();
    for mode in Mode::ALL {
        let lines = Lines::default();
        let session = Session::without_recorder(mode.builder().data(lines.clone()));
        let handle = session.supervisor.handle();
        let mut shell = Shell::start(&session);
        shell.run("/bin/true");
        handle.load_module(module()).unwrap();
        assert_eq!(handle.modules().unwrap(), [fs::canonicalize(module()).unwrap()]);
        shell.run("/bin/true; (/bin/true; /bin/true)");
        // The subshell forks once and becomes its last command.
        let expected = ["/bin/true made 0 tasks", "/bin/true made 0 tasks", "/bin/true made 1 tasks"];
        assert_eq!(taken(&lines), expected, "{mode:?}");

        assert_eq!(handle.unload_module(module()).unwrap(), Unloaded::Unmapped, "{mode:?}");
        shell.run("/bin/true");
        shell.end();
        assert!(taken(&lines).is_empty());
        assert!(handle.modules().unwrap().is_empty());
        session.finish();
    }
}

/// A command that starts when the module is there has it in its filter.
#[test]
fn before_the_next_command() {
    let _alone = alone();
    let lines = Lines::default();
    let session = Session::without_recorder(Supervisor::builder().data(lines.clone()));
    session.supervisor.handle().load_module(module()).unwrap();
    let mut shell = Shell::start(&session);
    shell.run("/bin/true");
    shell.end();
    assert_eq!(taken(&lines).len(), 2);
    session.finish();
}

/// Loaded, called and unloaded a hundred times while the tree forks on.
#[test]
fn again_and_again() {
    let _alone = alone();
    let lines = Lines::default();
    let session = Session::without_recorder(Supervisor::builder().data(lines.clone()));
    let handle = session.supervisor.handle();
    let mut shell = Shell::start(&session);
    let mut busy = Command::new("sh");
    busy.args(["-c", "while /bin/true; do :; done"]);
    let busy = session.spawn(busy).unwrap();
    for round in 0..100 {
        handle.load_module(module()).unwrap();
        shell.run("/bin/true");
        let unloaded = handle.unload_module(module()).unwrap();
        assert_eq!(unloaded, Unloaded::Unmapped, "round {round}");
    }
    assert!(taken(&lines).len() >= 100);
    busy.kill().unwrap();
    shell.end();
    session.finish();
}

/// Two supervisors of one process with the same module: each has its own tasks, and the last one unmaps it.
#[test]
fn in_two_supervisors() {
    let _alone = alone();
    let lines = [Lines::default(), Lines::default()];
    let sessions = [0, 1]
        .map(|n| Session::without_recorder(Supervisor::builder().module(module()).data(lines[n].clone())));
    for session in &sessions {
        let mut shell = Shell::start(session);
        shell.run("/bin/true");
        shell.end();
    }
    assert_eq!(lines.map(|lines| taken(&lines).len()), [2, 2]);
    let unloaded =
        sessions.each_ref().map(|session| session.supervisor.handle().unload_module(module()).unwrap());
    assert_eq!(unloaded, [Unloaded::StillUsed, Unloaded::Unmapped]);
    for session in sessions {
        session.finish();
    }
}
