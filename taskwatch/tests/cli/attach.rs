//! `-p`: a tree that was there before, shown, followed, and let go.

use crate::support::{Directory, run, run::text, schema::Schema, stream, stream::Line, taskwatch};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

/// A shell that waits for `cat`, and ends with 3 when that has nothing more to read.
fn tree() -> (Child, run::Guard) {
    let script = "exec 3<&0; cat <&3 >/dev/null & echo ready; wait $!; exit 3";
    let mut command = Command::new("sh");
    let mut shell =
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let guard = run::guard(&shell, "a shell to attach to");
    let mut line = String::new();
    BufReader::new(shell.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    (shell, guard)
}

/// `taskwatch -p` of a process, with its report in a file.
fn attach(format: &str, shell: &Child, report: &Path) -> Command {
    let mut command = taskwatch();
    command
        .args(["-f", format, "-o"])
        .arg(report)
        .args(["-p", &shell.id().to_string()])
        .stderr(Stdio::piped());
    command
}

/// Returns once the report has so many lines with this word.
fn wait_for(report: &Path, word: &str, n: usize) {
    let is_there = || fs::read_to_string(report).is_ok_and(|text| text.matches(word).count() >= n);
    while !is_there() {
        thread::yield_now();
    }
}

/// The end of the shell, for which only its parent waits.
fn end(mut shell: Child, guard: run::Guard) -> Option<i32> {
    drop(shell.stdin.take());
    let code = shell.wait().unwrap().code();
    guard.done();
    code
}

/// The events in order; each line obeys the schema.
fn events(lines: &[Line]) -> Vec<String> {
    let schema = Schema::of_events();
    for (seq, line) in lines.iter().enumerate() {
        schema.check(&line.value).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(line.value["seq"], seq);
    }
    lines.iter().map(|line| line.event().to_owned()).collect()
}

/// Each task as `found`, then what happens to it, to the end of the tree, whose status is in the last line.
#[test]
fn to_the_end_of_the_tree() {
    let (mut shell, guard) = tree();
    let directory = Directory::new("attach-end");
    let report = directory.join("report");
    let mut watch = attach("jsonl", &shell, &report).spawn().unwrap();
    let watched = run::guard(&watch, "taskwatch -p");
    wait_for(&report, "\"found\"", 2);
    drop(shell.stdin.take());
    assert_eq!(watch.wait().unwrap().code(), Some(0));
    watched.done();
    assert_eq!(end(shell, guard), Some(3));
    let lines = stream::read(&report);
    let expected =
        ["start", "found", "found", "exit", "free", "group_dead", "exit", "free", "group_dead", "end"];
    assert_eq!(events(&lines), expected);
    assert_eq!(lines[1].strings("argv").unwrap()[..2], ["sh", "-c"]);
    assert_eq!(lines[2].strings("argv").unwrap(), ["cat"]);
    assert_eq!(lines[2].value["parent"], lines[1].value["task"]);
    assert_eq!(lines[0].value["attached"], lines[1].value["pid"]);
    let last = &lines[9].value;
    assert_eq!((&last["status"]["code"], &last["complete"]), (&3.into(), &true.into()));
}

/// Each signal that asks for an end lets the tree go, which lives on; that is a success.
#[test]
fn until_somebody_says_so() {
    [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM]
        .into_iter()
        .for_each(|signal| is_let_go(&[signal]));
}

/// timeout(1) signals its child, and then its process group: that is one request.
#[test]
fn until_somebody_says_so_twice() {
    (0..10).for_each(|_| is_let_go(&[Signal::TERM, Signal::INT, Signal::HUP]));
}

/// By signals that come at once.
fn is_let_go(signals: &[Signal]) {
    let (shell, guard) = tree();
    let directory = Directory::new("attach-until");
    let report = directory.join("report");
    let mut watch = attach("jsonl", &shell, &report).spawn().unwrap();
    let watched = run::guard(&watch, "taskwatch -p");
    wait_for(&report, "\"found\"", 2);
    signals.iter().for_each(|signal| kill_process(Pid::from_child(&watch), *signal).unwrap());
    assert_eq!(watch.wait().unwrap().code(), Some(0), "{signals:?}");
    watched.done();
    let status = fs::read_to_string(format!("/proc/{}/status", shell.id())).unwrap();
    assert!(status.contains("TracerPid:\t0\n") && status.contains("State:\tS"), "{status}");
    assert_eq!(end(shell, guard), Some(3));
    let lines = stream::read(&report);
    assert_eq!(events(&lines), ["start", "found", "found", "end"]);
    assert_eq!((&lines[3].value["let_go"], &lines[3].value["complete"]), (&true.into(), &false.into()));
}

/// The tree shows what runs now, and who lives on.
#[test]
fn as_a_tree_and_as_a_log() {
    for (format, wait, shown) in [
        ("tree", "", ["sh -c 'exec 3<&0;", "└─ cat  [lives on]"]),
        ("log", "found ", ["found      sh -c 'exec 3<&0;", "cat  process, child of "]),
    ] {
        let (shell, guard) = tree();
        let directory = Directory::new("attach-formats");
        let report = directory.join("report");
        let mut watch = attach(format, &shell, &report).spawn().unwrap();
        let watched = run::guard(&watch, "taskwatch -p");
        match wait {
            // A tree is drawn at the end; /proc shows when we are there.
            "" => while run::traced_by(watch.id()).len() < 3 {},
            word => wait_for(&report, word, 2),
        }
        kill_process(Pid::from_child(&watch), Signal::INT).unwrap();
        assert_eq!(watch.wait().unwrap().code(), Some(0));
        watched.done();
        let text = fs::read_to_string(&report).unwrap();
        assert!(shown.iter().all(|words| text.contains(words)), "{format}: {text}");
        assert!(!text.contains("max RSS"), "of those who live on nothing was measured: {text}");
        assert_eq!(end(shell, guard), Some(3));
    }
}

/// Whoever was there counts: with two of them and a limit of two, no third is made.
#[test]
fn a_limit_counts_whoever_was_there() {
    // The first fork is the shell's first stop, before which nobody can refuse it.
    let script = "exec 3<&0; cat <&3 >/dev/null & echo ready; read go <&4; (:); echo late; (:); echo made";
    let directory = Directory::new("attach-limit");
    let (report, go) = (directory.join("report"), directory.join("go"));
    rustix::fs::mknodat(rustix::fs::CWD, &go, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec 4<>'{}'; {script}", go.display())]);
    let mut shell =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let guard = run::guard(&shell, "a shell to attach to");
    let mut said = BufReader::new(shell.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert_eq!(said.next().as_deref(), Some("ready"));
    let mut watch = attach("jsonl", &shell, &report).args(["--max-tasks", "2"]).spawn().unwrap();
    let watched = run::guard(&watch, "taskwatch -p");
    wait_for(&report, "\"found\"", 2);
    fs::write(&go, "\n").unwrap();
    wait_for(&report, "\"denied\":{", 1);
    drop(shell.stdin.take());
    assert_eq!(watch.wait().unwrap().code(), Some(0));
    watched.done();
    end(shell, guard);
    assert_eq!(said.next().as_deref(), Some("late"));
}

/// What cannot be attached to is named, with the reason, and is a failure of ours.
#[test]
fn who_cannot_be() {
    let (shell, guard) = tree();
    let directory = Directory::new("attach-refused");
    let report = directory.join("report");
    let mut first = attach("log", &shell, &report).spawn().unwrap();
    let watched = run::guard(&first, "taskwatch -p");
    wait_for(&report, "found ", 2);
    let second = run(taskwatch().args(["-p", &shell.id().to_string()]));
    assert_eq!(second.status.code(), Some(125));
    let sentence =
        format!("taskwatch: cannot attach to process {}: it has a tracer already, task ", shell.id());
    assert!(text(&second.stderr).starts_with(&sentence), "{}", text(&second.stderr));
    kill_process(Pid::from_child(&first), Signal::TERM).unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(0));
    watched.done();
    assert_eq!(end(shell, guard), Some(3));
    let nobody = run(taskwatch().args(["-f", "jsonl", "-o", "-", "-p", "2147483647"]));
    assert_eq!(nobody.status.code(), Some(125));
    let expected = "taskwatch: cannot attach to process 2147483647: there is no such process alive\n";
    assert_eq!(text(&nobody.stderr), expected);
    let lines = stream::parse(&nobody.stdout).unwrap();
    assert_eq!(events(&lines), ["start", "end"]);
    assert_eq!(lines[1].value["error"], serde_json::json!({"stage": "seize", "errno": "ESRCH"}));
}

/// Nobody dies with us.
#[test]
fn kill_9_leaves_the_tree_alive() {
    let (shell, guard) = tree();
    let directory = Directory::new("attach-kill");
    let report = directory.join("report");
    let mut watch = attach("jsonl", &shell, &report).spawn().unwrap();
    let watched = run::guard(&watch, "taskwatch -p");
    wait_for(&report, "\"found\"", 2);
    kill_process(Pid::from_child(&watch), Signal::KILL).unwrap();
    assert_eq!(watch.wait().unwrap().code(), None);
    watched.done();
    assert_eq!(end(shell, guard), Some(3));
}
