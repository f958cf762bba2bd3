//! Watchers and observers that panic: told, and by policy ignored, left out, a refusal, or the tree's end.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use watchers::{EventKind, InitEvent, PanicPolicy, Task, task_watcher};

use super::support::{Mode, Run, Session, lines, run_with, tracee};

/// Has the watchers below panic.
struct Panics {
    at: EventKind,
    called: Arc<Mutex<usize>>,
}

#[task_watcher(init)]
fn panics_at_init(task: &Task, _init: &InitEvent) {
    panic_at(task, EventKind::Init);
}

#[task_watcher(clone)]
fn panics_at_clone(task: &Task) {
    panic_at(task, EventKind::Clone);
}

#[task_watcher(exit)]
fn panics_at_exit(task: &Task) {
    panic_at(task, EventKind::Exit);
}

#[task_watcher(free)]
fn panics_at_free(task: &Task) {
    panic_at(task, EventKind::Free);
}

/// Has the watcher below panic.
struct PanicsAtStillborn;

#[task_watcher(free)]
fn panics_at_stillborn(task: &Task) {
    if task.data::<PanicsAtStillborn>().is_some() && task.tid().is_none() {
        panic!("on purpose");
    }
}

fn panic_at(task: &Task, kind: EventKind) {
    if let Some(panics) = task.data::<Panics>()
        && panics.at == kind
        && task.parent_id().is_some()
    {
        *panics.called.lock().unwrap() += 1;
        panic!("on purpose");
    }
}

fn run_with_panics(mode: Mode, policy: PanicPolicy, at: EventKind) -> (Run, usize) {
    let called = Arc::new(Mutex::new(0));
    let panics = Panics { at, called: called.clone() };
    let mut command = tracee("fork");
    command.arg("3");
    let run = run_with(mode.builder().data(panics).panic_policy(policy), command);
    let called = *called.lock().unwrap();
    (run, called)
}

const AT: [EventKind; 4] = [EventKind::Init, EventKind::Clone, EventKind::Exit, EventKind::Free];

fn each() -> impl Iterator<Item = (Mode, EventKind)> {
    Mode::ALL.into_iter().flat_map(|mode| AT.map(|at| (mode, at)))
}

#[test]
fn ignored() {
    for (mode, at) in each() {
        let (run, called) = run_with_panics(mode, PanicPolicy::Ignore, at);
        assert_eq!(
            (run.verdict.stdout, called, run.notices.len()),
            (lines("code 0\ncode 1\ncode 2"), 3, 3),
            "{mode:?} {at}"
        );
        let name = format!("panics_at_{at}");
        assert!(
            run.notices.iter().all(|told| told.contains(&name) && told.contains("on purpose")),
            "{:?}",
            run.notices
        );
    }
}

#[test]
fn disabled() {
    for (mode, at) in each() {
        let (run, called) = run_with_panics(mode, PanicPolicy::Disable, at);
        assert_eq!(
            (run.verdict.stdout, called, run.notices.len()),
            (lines("code 0\ncode 1\ncode 2"), 1, 1),
            "{mode:?} {at}"
        );
    }
}

#[test]
fn a_refusal() {
    for (mode, at) in each() {
        let (run, called) = run_with_panics(mode, PanicPolicy::Deny, at);
        let stdout = run.verdict.stdout;
        if at == EventKind::Init {
            assert!(
                stdout.0.len() == 3 && stdout.0.iter().all(|line| line.starts_with("fork: E")),
                "{stdout:?}"
            );
            assert_eq!(run.trace.count("clone"), 1, "{mode:?}");
        } else {
            assert_eq!(stdout, lines("code 0\ncode 1\ncode 2"), "{mode:?} {at}");
        }
        assert_eq!(called, 3);
    }
}

#[test]
fn the_trees_end() {
    for (mode, at) in each() {
        let (run, _) = run_with_panics(mode, PanicPolicy::KillTree, at);
        assert_eq!(run.verdict.status, "signal 9", "{mode:?} {at}\n{:?}", run.trace);
    }
}

#[test]
fn an_observer_is_not_called_again() {
    for mode in Mode::ALL {
        let called = Arc::new(Mutex::new(0));
        let counter = called.clone();
        let builder = mode.builder().observe(EventKind::Exit, move |_, _, _| {
            *counter.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
            panic!("an observer, on purpose");
        });
        let run = run_with(builder, tracee("fork"));
        assert_eq!(run.verdict.stdout, lines("code 0"));
        assert_eq!((*called.lock().unwrap(), run.notices.len()), (1, 1), "{mode:?}");
        assert!(run.notices[0].contains("an observer, on purpose"));
    }
}

#[test]
fn a_teller_of_notices_may_panic_too() {
    let builder = Mode::Filter.builder().observe(EventKind::Exec, |_, _, _| panic!("first"));
    let supervisor = builder.on_notice(|_| panic!("second")).start().unwrap();
    assert!(supervisor.spawn(tracee("fork")).unwrap().wait_tree().unwrap().success());
    supervisor.finish().unwrap();
}

#[test]
fn in_one_supervisor_leaves_another_alone() {
    let called = Arc::new(Mutex::new(0));
    let other = Session::start(Mode::Filter.builder());
    let panics = Panics { at: EventKind::Init, called: called.clone() };
    let killed = Session::start(Mode::Filter.builder().data(panics).panic_policy(PanicPolicy::KillTree));
    let mut first = killed.spawn(tracee("fork")).unwrap();
    let mut second = other.spawn(tracee("fork")).unwrap();
    assert_eq!(first.wait_tree().unwrap().signal(), Some(9));
    assert!(second.wait_tree().unwrap().success());
    killed.finish();
    other.finish();
}

/// In an event that no stop has told, of a command that was never made: nobody waits for the next stop.
#[test]
fn the_trees_end_by_a_request() {
    let builder = Mode::Filter.builder().data(PanicsAtStillborn).panic_policy(PanicPolicy::KillTree);
    let session = Session::start(builder);
    let mut lives = Command::new("/bin/cat");
    lives.stdin(Stdio::piped());
    let mut lives = session.spawn(lives).unwrap();
    let _input = lives.take_stdin();
    let mut not_made = Command::new("/bin/true");
    not_made.current_dir("/nonexistent");
    session.spawn(not_made).map(drop).unwrap_err();
    assert_eq!(lives.wait_tree().unwrap().signal(), Some(9));
    session.finish();
}

#[test]
fn on_idle_is_not_called_again() {
    for mode in Mode::ALL {
        let called = Arc::new(Mutex::new(0));
        let counter = called.clone();
        let builder = mode.builder().on_idle(move || {
            *counter.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
            panic!("when idle, on purpose");
        });
        let run = run_with(builder, tracee("fork"));
        assert_eq!(run.verdict.stdout, lines("code 0"));
        let called = *called.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        assert_eq!((called, run.notices.len()), (1, 1), "{mode:?}");
        assert!(run.notices[0].contains("when idle, on purpose"), "{:?}", run.notices);
    }
}
