//! `--wait`: what becomes of a daemon that the command leaves behind.

use crate::support::{Directory, fresh, run, story::Story, stream, taskwatch, tracee};
use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{CWD, Mode, mkfifoat},
    process::{Pid, PidfdFlags, pidfd_open},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, ChildStderr, Stdio},
};

/// A command that leaves a daemon, which stays as long as `gate` is open.
struct Left {
    directory: Directory,
    child: Child,
    gate: Option<File>,
    daemon: Pid,
}

impl Left {
    fn file(directory: &Directory) -> PathBuf {
        directory.join("said")
    }

    fn said(&self) -> String {
        fs::read_to_string(Self::file(&self.directory)).unwrap()
    }

    fn report(&self) -> PathBuf {
        self.directory.join("report")
    }

    fn start(options: &[&str]) -> Self {
        let directory = Directory::new("daemon");
        let fifo = directory.join("fifo");
        mkfifoat(CWD, &fifo, Mode::from_raw_mode(0o600)).unwrap();
        let mut command = taskwatch();
        command.args(["-f", "jsonl", "-o"]).arg(directory.join("report")).args(options).arg("--");
        command.arg(tracee("daemon")).arg(&fifo).arg(Self::file(&directory)).arg("6").stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // Opening waits for the daemon, which has written its pid by then.
        let gate = OpenOptions::new().write(true).open(&fifo).unwrap();
        let said = fs::read_to_string(Self::file(&directory)).unwrap();
        let daemon = Pid::from_raw(said.trim_end().parse().unwrap()).unwrap();
        Self { directory, child, gate: Some(gate), daemon }
    }
}

/// The first line that `taskwatch` says.
fn first_line(stderr: &mut BufReader<ChildStderr>) -> String {
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    line
}

#[test]
fn tree_waits_for_the_daemon_and_names_it() {
    let mut left = Left::start(&[]);
    let guard = run::guard(&left.child, "--wait tree");
    let mut stderr = BufReader::new(left.child.stderr.take().unwrap());
    let note = first_line(&mut stderr);
    assert!(note.starts_with("taskwatch: "), "{note}");
    assert!(note.contains(&left.daemon.as_raw_nonzero().to_string()), "the note does not name it: {note}");
    assert!(left.child.try_wait().unwrap().is_none(), "gone before the daemon");
    assert!(!left.said().contains("done"));
    drop(left.gate.take());
    assert_eq!(left.child.wait().unwrap().code(), Some(6));
    guard.done();
    assert!(left.said().contains("done"), "it did not end by itself");
    assert_eq!(first_line(&mut stderr), "", "it is told once");
    let lines = stream::read(&left.report());
    let story = Story::of(&lines).unwrap();
    assert_eq!(story.tasks.len(), 3);
    assert!(stream::of(&lines, "notice").count() >= 1, "no notice in the stream");
}

#[test]
fn quiet_waits_without_a_word() {
    let mut left = Left::start(&["-q", "--wait", "tree"]);
    let guard = run::guard(&left.child, "-q --wait tree");
    left.gate.take();
    let mut stderr = BufReader::new(left.child.stderr.take().unwrap());
    assert_eq!(first_line(&mut stderr), "");
    assert_eq!(left.child.wait().unwrap().code(), Some(6));
    guard.done();
    assert!(left.said().contains("done"));
}

#[test]
fn command_kills_and_lists_the_rest() {
    let mut left = Left::start(&["--wait", "command"]);
    let guard = run::guard(&left.child, "--wait command");
    let mut stderr = BufReader::new(left.child.stderr.take().unwrap());
    let pid = left.daemon.as_raw_nonzero().to_string();
    // Before the command has ended the daemon may already be there: no note but the one about the kill.
    let note = first_line(&mut stderr);
    assert!(note.starts_with("taskwatch: ") && note.contains(&pid), "{note}");
    assert_eq!(left.child.wait().unwrap().code(), Some(6));
    if let Ok(daemon) = pidfd_open(left.daemon, PidfdFlags::empty()) {
        poll(&mut [PollFd::new(&daemon, PollFlags::IN)], None).unwrap();
    }
    guard.done();
    assert!(!left.said().contains("done"), "it was not killed");
    let lines = stream::read(&left.report());
    let story = Story::of(&lines).unwrap();
    let killed = story
        .tasks
        .values()
        .find(|task| task.pid.map(|pid| pid.to_string()).as_deref() == Some(pid.as_str()));
    assert_eq!(killed.unwrap().exit, Some(crate::support::story::Status::Signal(9)));
}

/// With nothing left behind there is nothing to say or to wait for.
#[test]
fn nothing_left_nothing_said() {
    for mode in ["tree", "command"] {
        let output =
            run(taskwatch().args(["--wait", mode, "-o", "/dev/null", "--", "sh", "-c", "/bin/true; exit 2"]));
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(run::text(&output.stderr), "", "{mode}");
    }
}

/// Orphans are adopted on request, and only then.
#[test]
fn subreaper() {
    let orphan = tracee("orphan");
    let parent_of_orphan = |options: &[&str]| {
        let output = run(taskwatch().args(["-qq"]).args(options).arg("--").arg(&orphan));
        assert!(output.status.success());
        run::text(&output.stdout)
    };
    let plain = run(&mut fresh(&orphan));
    assert_eq!(parent_of_orphan(&[]), run::text(&plain.stdout));
    let adopted = parent_of_orphan(&["--subreaper"]);
    assert_eq!(adopted, "the command's parent\n");
}
