//! The host process: its own children and threads are left alone, and its death leaves nothing behind.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStdout, Command, Stdio};
use std::thread;

use process_runtime::{Child, Supervisor};
use rustix::process::{Pid, Signal, kill_process};

use super::support::{Mark, Mode, Session, elsewhere, is_elsewhere, myself, run, tracee};

/// Spawns a tree that blocks: depth, width, threads.
pub(crate) fn tree(session: &Session, shape: &[&str; 3]) -> (Child, BufReader<ChildStdout>) {
    let mut command = tracee("tree");
    command.args(shape).stdout(Stdio::piped()).stdin(Stdio::null());
    let mut child = session.spawn(command).unwrap();
    let out = BufReader::new(child.take_stdout().unwrap());
    (child, out)
}

pub(crate) fn wait_until_up(out: &mut impl BufRead, tasks: usize) {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, format!("up {tasks}\n"));
}

/// Children and threads of the host, while three supervisors work in the same process.
#[test]
fn has_children_and_threads_of_its_own() {
    thread::scope(|scope| {
        let hosts: Vec<_> = (0..4)
            .map(|n| {
                scope.spawn(move || {
                    for i in 0..40 {
                        let code = n * 40 + i;
                        let status = Command::new("/bin/sh").args(["-c", &format!("exit {code}")]).status();
                        assert_eq!(status.unwrap().code(), Some(code));
                    }
                })
            })
            .collect();
        let supervisors: Vec<_> = Mode::ALL
            .into_iter()
            .chain([Mode::Filter])
            .map(|mode| {
                scope.spawn(move || {
                    for n in ["7", "8", "9"] {
                        let mut command = tracee("fork");
                        command.arg(n);
                        let run = run(mode, command);
                        assert_eq!(
                            run.trace.count("clone").to_string(),
                            (n.parse::<usize>().unwrap() + 1).to_string()
                        );
                    }
                })
            })
            .collect();
        hosts.into_iter().chain(supervisors).for_each(|thread| thread.join().unwrap());
    });
}

/// The supervisor's process is killed: its tree dies with it (EXITKILL).
#[test]
fn is_killed() {
    let name = "host::is_killed";
    if is_elsewhere(name) {
        let supervisor = Supervisor::builder().start().unwrap();
        let mut command = tracee("tree");
        command.args(["3", "2", "2"]);
        let _child = supervisor.spawn(command).unwrap();
        loop {
            thread::park();
        }
    }
    let mark = Mark::new();
    let mut host = myself(name);
    mark.put_on(&mut host);
    let mut host = host.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(host.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("up 45") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0);
    }
    // The host and its doorbell, and the 15 processes of the tree.
    assert!(mark.alive().len() >= 16);
    kill_process(Pid::from_child(&host), Signal::KILL).unwrap();
    host.wait().unwrap();
    // Whoever held the pipe is gone when it ends.
    out.read_to_string(&mut line).unwrap();
    while !mark.alive().is_empty() {
        thread::yield_now();
    }
}

/// A host that ends without dropping its supervisor.
#[test]
fn exits_without_a_word() {
    let name = "host::exits_without_a_word";
    let mark = Mark::new();
    let prepare = |mut command: Command| {
        mark.put_on(&mut command);
        command
    };
    if elsewhere(name, prepare) {
        let session = Session::start(Supervisor::builder());
        let (child, mut out) = tree(&session, &["2", "2", "0"]);
        wait_until_up(&mut out, 7);
        std::mem::forget((session, child));
        return;
    }
    while !mark.alive().is_empty() {
        thread::yield_now();
    }
}
