//! Programs that an observer runs for itself.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use process_runtime::spawn_aside;
use watchers::EventKind;

use super::support::{Mode, Session, elsewhere, is_elsewhere, launched, tracee};

#[test]
fn run_beside_the_tree_and_are_no_part_of_it() {
    for (mode, at) in Mode::ALL.into_iter().flat_map(|mode| {
        [EventKind::Init, EventKind::Clone, EventKind::Exec, EventKind::Exit, EventKind::Free]
            .map(|at| (mode, at))
    }) {
        let outputs = Arc::new(Mutex::new(Vec::new()));
        let told = outputs.clone();
        let builder = mode.builder().observe(at, move |_, _, _| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", "grep TracerPid /proc/self/status; exit 3"]).stdout(Stdio::piped());
            let output = spawn_aside(command).unwrap().wait_with_output().unwrap();
            told.lock().unwrap().push((String::from_utf8(output.stdout).unwrap(), output.status.code()));
        });
        let session = Session::start(builder);
        let mut command = tracee("fork");
        command.stdout(Stdio::null());
        assert!(session.spawn(command).unwrap().wait_tree().unwrap().success());
        let (trace, _) = session.finish();
        let outputs = outputs.lock().unwrap();
        assert_eq!(outputs.len(), trace.count(at.name()), "{mode:?} {at}");
        assert!(
            outputs.iter().all(|output| *output == ("TracerPid:\t0\n".to_owned(), Some(3))),
            "{outputs:?}"
        );
    }
}

#[test]
fn a_program_that_is_missing() {
    let errors = Arc::new(Mutex::new(Vec::new()));
    let told = errors.clone();
    let builder = Mode::Filter.builder().observe(EventKind::Exec, move |_, _, _| {
        told.lock().unwrap().push(spawn_aside(Command::new("/nonexistent")).map(drop).unwrap_err().kind());
    });
    let session = Session::start(builder);
    session.spawn(Command::new("/bin/true")).unwrap().wait_tree().unwrap();
    session.finish();
    assert_eq!(*errors.lock().unwrap(), [std::io::ErrorKind::NotFound]);
}

/// With SIGCHLD ignored nobody can wait for std's child, which std does not expect; the next program runs.
#[test]
fn a_program_that_is_missing_while_sigchld_is_ignored() {
    let name = "aside::a_program_that_is_missing_while_sigchld_is_ignored";
    if !is_elsewhere(name) {
        assert!(!elsewhere(name, |command| launched(&["ignore:17"], &command)));
        return;
    }
    let answers = Arc::new(Mutex::new(Vec::new()));
    let told = answers.clone();
    let builder = Mode::Filter.builder().observe(EventKind::Exec, move |_, _, _| {
        let programs = ["/nonexistent", "/nonexistent", "/bin/true"].map(Command::new);
        told.lock().unwrap().extend(programs.map(|program| spawn_aside(program).is_ok()));
    });
    let session = Session::start(builder);
    session.spawn(Command::new("/bin/true")).unwrap().wait_tree().unwrap();
    session.finish();
    assert_eq!(*answers.lock().unwrap(), [false, false, true]);
}

/// On any other thread it is a plain spawn.
#[test]
fn outside_of_observers() {
    assert!(spawn_aside(Command::new("/bin/true")).unwrap().wait().unwrap().success());
}

/// A program that outlives the event is waited for later, by another thread.
#[test]
fn a_program_that_outlives_its_event() {
    let kept = Arc::new(Mutex::new(None));
    let keep = kept.clone();
    let builder = Mode::Filter.builder().observe(EventKind::Exec, move |_, _, _| {
        let mut command = Command::new("/bin/cat");
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        *keep.lock().unwrap() = Some(spawn_aside(command).unwrap());
    });
    let session = Session::start(builder);
    session.spawn(Command::new("/bin/true")).unwrap().wait_tree().unwrap();
    session.finish();
    let mut child = kept.lock().unwrap().take().unwrap();
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
