//! Runs of a command that end, one way or the other: a watchdog ends those that hang, and says what hung.

use super::tracee;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::{
    ffi::OsStr,
    fmt::Write,
    fs,
    io::Read,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long any one run may take. A run takes seconds at most; this is for one that hangs.
pub const LIMIT: Duration = Duration::from_secs(120);

/// A program that gets its signals as a terminal would have them, whatever the test itself was started with: a
/// shell ignores some for what runs in the background, and so does nohup.
pub fn fresh(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(tracee("prepare"));
    command.args(["defaults", "--"]).arg(program).stdin(Stdio::null());
    command
}

/// The command under test.
pub fn taskwatch() -> Command {
    let mut command = fresh(env!("CARGO_BIN_EXE_taskwatch"));
    command.env_remove("NO_COLOR").env("TERM", "dumb");
    command
}

/// Runs a command to its end with its outputs taken.
#[track_caller]
pub fn run(command: &mut Command) -> Output {
    run_within(LIMIT, command)
}

/// The same with a limit of its own.
#[track_caller]
pub fn run_within(limit: Duration, command: &mut Command) -> Output {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let what = format!("{command:?}");
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{what}: {error}"));
    let guard = guard_within(limit, &child, &what);
    let mut stdout = child.stdout.take().unwrap();
    let errors = child.stderr.take().map(|mut stderr| {
        thread::spawn(move || {
            let mut text = Vec::new();
            stderr.read_to_end(&mut text).map(|_| text)
        })
    });
    let mut text = Vec::new();
    stdout.read_to_end(&mut text).unwrap();
    let stderr = errors.unwrap().join().unwrap().unwrap();
    let status = child.wait().unwrap();
    guard.done();
    Output { status, stdout: text, stderr }
}

/// Runs a command to its end; its outputs stay as they were set.
#[track_caller]
pub fn status(command: &mut Command) -> ExitStatus {
    let what = format!("{command:?}");
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{what}: {error}"));
    wait(&mut child, &what)
}

/// Waits for a child that the test has started.
#[track_caller]
pub fn wait(child: &mut Child, what: &str) -> ExitStatus {
    let guard = guard(child, what);
    let status = child.wait().unwrap();
    guard.done();
    status
}

/// Ends a child, and what hangs on it, when the limit has passed.
pub fn guard(child: &Child, what: &str) -> Guard {
    guard_within(LIMIT, child, what)
}

fn guard_within(limit: Duration, child: &Child, what: &str) -> Guard {
    let (done, ended) = mpsc::channel();
    let pid = Pid::from_child(child);
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    let what = what.to_owned();
    let watch = thread::spawn(move || {
        if ended.recv_timeout(limit) != Err(mpsc::RecvTimeoutError::Timeout) {
            return None;
        }
        let tree = descendants(pid.as_raw_nonzero().get());
        let mut report = format!("the watchdog ended {what}; what was there:\n");
        for &process in &tree {
            describe(process, &mut report);
        }
        let _ = pidfd_send_signal(&pidfd, Signal::KILL);
        for process in tree.into_iter().filter_map(Pid::from_raw) {
            let _ = rustix::process::kill_process(process, Signal::KILL);
        }
        Some(report)
    });
    Guard { done, watch }
}

/// A watch over one run; `done` ends it, and fails the test when the watchdog had to.
#[derive(Debug)]
#[must_use]
pub struct Guard {
    done: mpsc::Sender<()>,
    watch: thread::JoinHandle<Option<String>>,
}

impl Guard {
    #[track_caller]
    pub fn done(self) {
        let _ = self.done.send(());
        if let Some(report) = self.watch.join().unwrap() {
            panic!("{report}");
        }
    }
}

/// All processes below `root`, by the kernel's parent links.
pub fn descendants(root: i32) -> Vec<i32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        next += 1;
        let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
        for task in tasks {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|pid| pid.parse::<i32>().ok()));
        }
    }
    found
}

/// The tasks that `tracer` traces.
pub fn traced_by(tracer: u32) -> Vec<i32> {
    let mut found = Vec::new();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    for process in processes.filter(|entry| entry.file_name().as_encoded_bytes()[0].is_ascii_digit()) {
        for task in fs::read_dir(process.path().join("task")).into_iter().flatten().flatten() {
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            let tracer_pid = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
            if tracer_pid
                .and_then(|pid| pid.trim().parse::<u32>().ok())
                .is_some_and(|pid| is_thread_of(pid, tracer))
            {
                found.extend(task.file_name().to_str().and_then(|tid| tid.parse::<i32>().ok()));
            }
        }
    }
    found
}

fn is_thread_of(tid: u32, pid: u32) -> bool {
    tid == pid || Path::new(&format!("/proc/{pid}/task/{tid}")).exists()
}

fn describe(process: i32, report: &mut String) {
    for task in fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
        let read = |name| fs::read_to_string(task.path().join(name)).unwrap_or_default();
        let status = read("status");
        let field = |name| status.lines().find_map(|line: &str| line.strip_prefix(name)).unwrap_or("").trim();
        let _ = writeln!(
            report,
            "  {} of {process}, parent {}, tracer {}: {} ({}), in {} at {}",
            task.file_name().display(),
            field("PPid:"),
            field("TracerPid:"),
            field("Name:"),
            field("State:"),
            read("syscall").trim(),
            read("wchan").trim(),
        );
    }
}

/// What a command has written, for people.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
