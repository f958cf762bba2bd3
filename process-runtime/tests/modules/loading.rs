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

/// How often the shell has gone to sleep so far, as it does at each of its stops, when it has made a few thousand calls more.
fn sleeps(shell: &mut Shell) -> u64 {
    shell.stop();
    shell.run("i=0; while [ $i -lt 500 ]; do i=$((i+1)); : >/dev/null; done");
    let pid = shell.run("echo $$");
    let status = fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
    line.trim().parse().unwrap()
}

/// The filter of the shell does not see to `init`: while the module is there every call of it stops, and no longer.
#[test]
fn calls_stop_as_long_as_somebody_needs_it() {
    let _alone = alone();
    let session = Session::without_recorder(Supervisor::builder().without("nobody_more"));
    let handle = session.supervisor.handle();
    let mut shell = Shell::start(&session);
    let mut last = sleeps(&mut shell);
    let mut more = |shell: &mut Shell| {
        let now = sleeps(shell);
        now - std::mem::replace(&mut last, now)
    };
    let before = more(&mut shell);
    handle.load_module(module()).unwrap();
    let during = more(&mut shell);
    handle.disable("example_module::count").unwrap();
    let disabled = more(&mut shell);
    handle.enable("example_module::count").unwrap();
    let enabled = more(&mut shell);
    assert_eq!(handle.unload_module(module()).unwrap(), Unloaded::Unmapped);
    let after = more(&mut shell);
    let counts = [before, disabled, after, during, enabled];
    assert!(
        counts[..3].iter().all(|few| *few < 500) && counts[3..].iter().all(|many| *many > 2000),
        "{counts:?}"
    );
    shell.end();
    session.finish();
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
