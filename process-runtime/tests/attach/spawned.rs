//! Trees that were spawned, and that are let go.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use process_runtime::{Builder, ErrorKind, Handle, Supervisor};
use rustix::process::{Pid, WaitOptions, waitpid};
use watchers::EventKind;

use super::support::{Mode, Session, tracee};

/// A program that waits for input and then shows that nobody is there.
fn waiting() -> Command {
    let mut command = tracee("deeds");
    command.args(["wait", "call", "fork", "exit:5"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// It is let go, says what it says without us, and its parent, this process, hears of its end.
#[test]
fn one_that_is_detachable() {
    let session = Session::start(Supervisor::builder().detachable());
    let mut child = session.spawn(waiting()).unwrap();
    let mut output = BufReader::new(child.take_stdout().unwrap());
    let mut input = child.take_stdin().unwrap();
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    session.supervisor.let_go().unwrap();
    assert_eq!(session.supervisor.tasks().unwrap_err().kind(), ErrorKind::Gone);
    assert_eq!(child.wait().unwrap_err().kind(), ErrorKind::Gone);
    let pid = Pid::from_raw(child.id() as i32).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    assert!(status.contains("TracerPid:\t0\n") && status.contains("Seccomp:\t0\n"), "{status}");
    // It is not killed with its supervisor.
    drop(session);
    input.write_all(b"x").unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "wait: served\ncall: made\nfork: code 3\n");
    let (_, status) = waitpid(Some(pid), WaitOptions::empty()).unwrap().unwrap();
    assert_eq!(status.exit_status(), Some(5));
}

/// Who is about to enter a call that waits does not find that somebody has woken it.
#[test]
fn whoever_is_about_to_enter_a_call() {
    for _ in 0..10 {
        let session = Session::start(Supervisor::builder().detachable());
        let mut command = tracee("crowd");
        command
            .args(["2", "12", "0", "1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = session.spawn(command).unwrap();
        let mut output = BufReader::new(child.take_stdout().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        session.supervisor.let_go().unwrap();
        drop((child.take_stdin(), session));
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        let interrupted: Vec<&str> = rest
            .lines()
            .filter(|line| line.contains("EINTR") && !line.contains(" 0 EINTR, 0 early, 0 odd"))
            .collect();
        assert_eq!(interrupted, Vec::<&str>::new());
        let pid = Pid::from_raw(child.id() as i32).unwrap();
        let (_, status) = waitpid(Some(pid), WaitOptions::empty()).unwrap().unwrap();
        assert_eq!(status.exit_status(), Some(0));
    }
}

/// A tree that cannot live without its tracer stays, and the error says why.
#[test]
fn one_that_is_not() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let mut command = tracee("deeds");
        command.args(["fork", "exit:5"]).stdout(Stdio::null());
        let mut child = session.spawn(command).unwrap();
        let error = session.supervisor.let_go().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Filtered, "{mode:?}");
        assert_eq!(error.to_string(), "let go of a tree that was not spawned as detachable");
        assert_eq!(child.wait().unwrap().code(), Some(5));
        session.finish();
    }
}

/// A watcher may ask for it, too: it is done after the event.
#[test]
fn from_within() {
    let handle: Arc<OnceLock<Handle>> = Arc::default();
    let asks = handle.clone();
    let builder: Builder = Supervisor::builder().detachable();
    let builder = builder.observe(EventKind::Exec, move |_, _, _| asks.get().unwrap().let_go().unwrap());
    let supervisor = builder.start().unwrap();
    handle.set(supervisor.handle()).unwrap();
    let mut child = supervisor.spawn(waiting()).unwrap();
    assert_eq!(child.wait().unwrap_err().kind(), ErrorKind::Gone);
    // Nobody is traced any more when this returns; before that our wait would see stops.
    assert_eq!(supervisor.let_go().unwrap_err().kind(), ErrorKind::Gone);
    drop(child.take_stdin());
    let pid = Pid::from_raw(child.id() as i32).unwrap();
    let (_, status) = waitpid(Some(pid), WaitOptions::empty()).unwrap().unwrap();
    assert_eq!(status.exit_status(), Some(5));
}
