//! Several supervisors in one process, at once.

use std::process::Command;
use std::thread;

use process_runtime::{Child, Handle, Supervisor};

use super::support::{Mode, Session, lines, run, tracee};

#[test]
fn each_sees_its_own_tree_only() {
    thread::scope(|scope| {
        for n in 1..=8 {
            scope.spawn(move || {
                for mode in Mode::ALL {
                    let mut command = tracee("fork");
                    command.arg(n.to_string());
                    let run = run(mode, command);
                    assert_eq!((run.trace.count("clone"), run.trace.count("free")), (n + 1, n + 1));
                }
            });
        }
    });
}

#[test]
fn one_is_killed_and_the_others_go_on() {
    let sessions: Vec<Session> = (0..4).map(|_| Session::start(Mode::Filter.builder())).collect();
    let mut children: Vec<Child> = sessions
        .iter()
        .map(|session| {
            let mut command = Command::new("/bin/cat");
            command.stdin(std::process::Stdio::piped());
            session.spawn(command).unwrap()
        })
        .collect();
    let inputs: Vec<_> = children.iter_mut().map(Child::take_stdin).collect();
    let mut sessions = sessions.into_iter();
    sessions.next().unwrap().drop_it();
    drop(inputs);
    let codes: Vec<_> = children.iter_mut().map(|child| child.wait().unwrap().code()).collect();
    assert_eq!(codes, [None, Some(0), Some(0), Some(0)]);
    sessions.for_each(|session| drop(session.finish()));
}

/// One supervisor and its handles, used from many threads at once.
#[test]
fn one_is_shared() {
    let session = Session::start(Mode::Filter.builder());
    thread::scope(|scope| {
        for n in 0..6 {
            let handle = session.supervisor.handle();
            scope.spawn(move || {
                for _ in 0..10 {
                    let mut command = Command::new("/bin/sh");
                    command.args(["-c", &format!("exit {n}")]);
                    assert_eq!(handle.spawn(command).unwrap().wait_tree().unwrap().code(), Some(n));
                    handle.tasks().unwrap();
                }
            });
        }
    });
    let (trace, _) = session.finish();
    assert_eq!(trace.count("init"), 60);
}

#[test]
fn public_values_may_go_anywhere() {
    fn anywhere<T: Send + Sync + 'static>() {}
    anywhere::<Supervisor>();
    anywhere::<Handle>();
    anywhere::<Child>();
    anywhere::<process_runtime::Error>();
    assert_eq!(lines(""), lines("\n"));
}
