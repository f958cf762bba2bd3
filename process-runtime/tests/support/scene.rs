//! A program that runs by itself, and to which a supervisor is attached.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use process_runtime::{Attachment, Builder, Error};
use watchers::{EventSet, Pid};

use super::alive::Mark;
use super::recorder::Recorder;
use super::watchdog::Watchdog;

/// A tracee that talks to the test through its standard input and output.
pub(crate) struct Scene {
    pub(crate) recorder: Recorder,
    pub(crate) mark: Mark,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    notices: Arc<Mutex<Vec<String>>>,
    watchdog: Watchdog,
}

impl Scene {
    /// Starts a program.
    pub(crate) fn start(command: Command) -> Scene {
        Scene::start_long(command, Duration::from_secs(120))
    }

    /// One that may take so long.
    pub(crate) fn start_long(mut command: Command, patience: Duration) -> Scene {
        let (mark, recorder) = (Mark::new(), Recorder::default());
        mark.put_on(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let watchdog = Watchdog::patient(patience, mark.clone(), recorder.clone());
        Scene { recorder, mark, child, input, output, notices: Arc::default(), watchdog }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32).unwrap()
    }

    /// Attaches with a recorder of all events.
    pub(crate) fn attach(&self, builder: Builder) -> Result<Attachment, Error> {
        self.attach_quietly(builder.observe(EventSet::ALL, self.recorder.observer()))
    }

    /// Attaches without a recorder.
    pub(crate) fn attach_quietly(&self, builder: Builder) -> Result<Attachment, Error> {
        let told = self.notices.clone();
        builder.on_notice(move |notice| told.lock().unwrap().push(notice.to_string())).attach(self.pid())
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The rest that it prints.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        self.output.by_ref().lines().map(Result::unwrap).collect()
    }

    /// Has it go on.
    pub(crate) fn give(&mut self) {
        self.input.as_mut().unwrap().write_all(b"x").unwrap();
    }

    /// There is nothing more to read for it.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    pub(crate) fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap().clone()
    }

    /// Whether somebody is stopped, or has a tracer, who should not.
    pub(crate) fn disturbed(&self) -> Vec<String> {
        let tasks = self.mark.alive().into_iter().flat_map(tasks);
        tasks.map(look).filter(|look| !look.contains("TracerPid 0") || look.contains("State t")).collect()
    }

    /// Its end, of which this process hears itself as long as nobody is attached.
    pub(crate) fn wait(mut self) -> ExitStatus {
        drop(self.input.take());
        let status = self.child.wait().unwrap();
        self.sound();
        status
    }

    /// Its end, as the attachment tells it.
    pub(crate) fn end(mut self, attachment: Attachment) -> ExitStatus {
        drop(self.input.take());
        let status = attachment.wait().unwrap().expect("the tree has ended");
        attachment.let_go();
        self.sound();
        status
    }

    fn sound(&self) {
        let trace = self.recorder.trace();
        assert!(!self.watchdog.barked(), "killed by the watchdog:\n{trace}");
        assert_eq!(self.mark.alive(), Vec::<i32>::new(), "are left alive after\n{trace}");
    }
}

/// The threads of a process.
pub(crate) fn tasks(pid: i32) -> Vec<(i32, i32)> {
    let Ok(entries) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let tids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    tids.map(|tid| (pid, tid)).collect()
}

/// `5/6: State S, TracerPid 0`
fn look((pid, tid): (i32, i32)) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")).unwrap_or_default();
    let value =
        |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or(":\t0").to_owned();
    let state = value("State").trim_start_matches(":\t").chars().next().unwrap();
    format!("{pid}/{tid}: State {state}, TracerPid {}", value("TracerPid").trim_start_matches(":\t"))
}

/// `code 3`, `signal 9`.
pub(crate) fn verdict(status: ExitStatus) -> String {
    status.code().map_or(format!("signal {}", status.signal().unwrap_or(0)), |code| format!("code {code}"))
}
