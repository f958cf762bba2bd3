//! Pipes to and from a command.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use super::support::{Mode, Session};

#[test]
fn all_three_piped() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "cat; echo error >&2"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = session.spawn(command).unwrap();
        let (mut stdout, mut stderr) = (child.take_stdout().unwrap(), child.take_stderr().unwrap());
        child.take_stdin().unwrap().write_all(b"through").unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        stdout.read_to_string(&mut out).unwrap();
        stderr.read_to_string(&mut err).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!((out.as_str(), err.as_str()), ("through", "error\n"), "{mode:?}");
        assert!(
            child.take_stdin().is_none() && child.take_stdout().is_none() && child.take_stderr().is_none()
        );
        session.finish();
    }
}

/// Nothing of the supervisor keeps a pipe open: readers see the end when the command's side is gone.
#[test]
fn an_end_is_seen_while_other_commands_run() {
    let session = Session::start(Mode::Filter.builder());
    let mut long = Command::new("/bin/cat");
    long.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut long = session.spawn(long).unwrap();
    let mut short = Command::new("/bin/echo");
    short.arg("short").stdout(Stdio::piped());
    let mut short = session.spawn(short).unwrap();
    let mut out = String::new();
    short.take_stdout().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(out, "short\n");
    // wait() closes what is left of the input, which ends the other one.
    assert!(long.wait().unwrap().success());
    session.finish();
}

#[test]
fn wait_closes_the_input() {
    let session = Session::start(Mode::Filter.builder());
    let mut command = Command::new("/bin/cat");
    command.stdin(Stdio::piped());
    assert!(session.spawn(command).unwrap().wait().unwrap().success());
    session.finish();
}
