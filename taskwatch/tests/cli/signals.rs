//! Signals that are sent to `taskwatch`, and its own violent death.

use crate::support::{
    Directory, run,
    run::{text, traced_by},
    skip::{Skip, installed, skip},
    stream, taskwatch, tracee,
};
use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open},
};
use std::{
    io::{BufRead, BufReader},
    os::fd::OwnedFd,
    process::{Child, ChildStdout, Command, Stdio},
};

/// A supervised command that has said its first line.
fn started(command: &mut Command) -> (Child, BufReader<ChildStdout>, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    (child, stdout, line)
}

fn rest(mut stdout: BufReader<ChildStdout>) -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut stdout, &mut text).unwrap();
    text
}

const FORWARDED: [(Signal, &str); 7] = [
    (Signal::HUP, "HUP"),
    (Signal::INT, "INT"),
    (Signal::QUIT, "QUIT"),
    (Signal::TERM, "TERM"),
    (Signal::USR1, "USR1"),
    (Signal::USR2, "USR2"),
    (Signal::WINCH, "WINCH"),
];

/// The command decides what a signal means.
#[test]
fn are_forwarded() {
    for (signal, name) in FORWARDED {
        let (mut child, stdout, line) = started(taskwatch().args(["-qq", "--"]).arg(tracee("obey")));
        let guard = run::guard(&child, name);
        assert_eq!(line, "ready\n");
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(rest(stdout), format!("got {}\n", signal.as_raw()), "{name}");
        assert_eq!(child.wait().unwrap().code(), Some(5), "{name}");
        guard.done();
    }
}

/// A command that does not handle them dies of them, and we with it.
#[test]
fn end_the_command() {
    for (signal, name) in FORWARDED.into_iter().filter(|(signal, _)| *signal != Signal::WINCH) {
        let script = "ulimit -c 0; echo ready; exec sleep 1000";
        let (mut child, stdout, line) = started(taskwatch().args(["-qq", "--", "sh", "-c", script]));
        let guard = run::guard(&child, name);
        assert_eq!(line, "ready\n");
        kill_process(Pid::from_child(&child), signal).unwrap();
        drop(stdout);
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(child.wait().unwrap().signal(), Some(signal.as_raw()), "{name}");
        guard.done();
    }
}

/// kill -9 of the supervisor: nothing of the tree is left, whatever state it was in.
#[test]
fn kill_9_leaves_nothing_behind() {
    let directory = Directory::new("kill-9");
    let mut command = taskwatch();
    command.args(["-f", "jsonl", "-o"]).arg(directory.join("report")).arg("--").arg(tracee("stay"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let guard = run::guard(&child, "kill -9");
    let stdout = BufReader::new(child.stdout.take().unwrap());
    // One line from each task that can speak; the one that waits in vfork cannot.
    let lines: Vec<String> = stdout.lines().take(9).map(Result::unwrap).collect();
    assert_eq!(lines.len(), 9);
    let tasks = traced_by(child.id());
    assert!(tasks.len() >= 10, "{tasks:?}");
    let processes: Vec<OwnedFd> =
        tasks.iter().filter_map(|&tid| pidfd_open(Pid::from_raw(tid)?, PidfdFlags::empty()).ok()).collect();
    assert!(processes.len() >= 6, "{} processes", processes.len());
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    for process in &processes {
        // A pidfd can be read when its process is gone; the watchdog is for the case that it stays.
        poll(&mut [PollFd::new(process, PollFlags::IN)], None).unwrap();
    }
    child.wait().unwrap();
    guard.done();
}

/// The report of a supervisor that was killed has no end line, and only whole lines.
#[test]
fn a_killed_supervisor_ends_no_report() {
    let directory = Directory::new("no-end");
    let report = directory.join("report");
    let mut command = taskwatch();
    command.args(["-f", "jsonl", "-o"]).arg(&report).args([
        "--",
        "sh",
        "-c",
        "/bin/true; echo ready; exec sleep 1000",
    ]);
    let (mut child, stdout, line) = started(&mut command);
    let guard = run::guard(&child, "sleep");
    assert_eq!(line, "ready\n");
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    guard.done();
    drop(stdout);
    // Lines are flushed when the supervisor idles, which it may not have done yet for the last of them.
    let lines = stream::read(&report);
    assert_eq!(lines.first().unwrap().event(), "start");
    assert!(lines.iter().all(|line| line.event() != "end"));
}

/// strace cannot trace what is traced: it says so, and we say why.
#[test]
fn a_nested_tracer_is_explained() {
    if installed("strace").is_none() {
        return skip("a_nested_tracer_is_explained", Skip::NoStrace);
    }
    let output = run(taskwatch().args(["--", "strace", "true"]));
    assert!(!output.status.success());
    let told = text(&output.stderr);
    let sentence =
        told.lines().find(|line| line.starts_with("taskwatch: ")).unwrap_or_else(|| panic!("{told}"));
    assert!(sentence.contains("trace"), "{sentence}");
    let quiet = text(&run(taskwatch().args(["-q", "--", "strace", "true"])).stderr);
    assert!(!quiet.contains("taskwatch: "), "{quiet}");
}
