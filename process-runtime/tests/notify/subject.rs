//! A tracee that a test leads step by step: it says where it is, and goes on when it gets a byte.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use process_runtime::{Builder, Child, NotifyError, Resumption, Role, Way};
use watchers::TaskId;

use super::support::{Session, tracee};

/// What was done, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Writes down where the task goes, and the result of its call.
    pub(crate) fn work(&self, name: &str) -> impl FnOnce(&mut Resumption<'_>) + Send + 'static {
        let (log, name) = (self.clone(), name.to_owned());
        move |at| log.write(format!("{name}: {}", describe(at)))
    }
}

/// `user mode, 1`: the way, and the result of the call that it comes from.
pub(crate) fn describe(at: &Resumption<'_>) -> String {
    let result = at.stopped().map(|task| task.register(Role::Result).unwrap() as i64);
    match (at.way(), result) {
        (Way::ToUserMode, Some(result)) => format!("user mode, {result}"),
        (Way::ToExit, Some(_)) => "exit".to_owned(),
        (Way::Gone, None) => "gone".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(crate) struct Subject {
    pub(crate) session: Session,
    pub(crate) child: Child,
    pub(crate) log: Log,
    pub(crate) task: TaskId,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Subject {
    pub(crate) fn start(builder: Builder, name: &str, args: &[&str]) -> Subject {
        Subject::of(Session::start(builder), name, args)
    }

    /// One of whose events nobody wants to know.
    pub(crate) fn without_recorder(builder: Builder, name: &str, args: &[&str]) -> Subject {
        Subject::of(Session::without_recorder(builder), name, args)
    }

    fn of(session: Session, name: &str, args: &[&str]) -> Subject {
        let mut command = tracee(name);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = session.spawn(command).unwrap();
        let (input, output) = (child.take_stdin().unwrap(), child.take_stdout().unwrap());
        let task = task_of(&session, child.id() as i32);
        Subject {
            session,
            child,
            log: Log::default(),
            task,
            input: Some(input),
            output: BufReader::new(output),
        }
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Adds work that writes down how it was done.
    pub(crate) fn notify(&self, name: &str) {
        self.add(self.log.work(name)).unwrap();
    }

    pub(crate) fn add(
        &self,
        work: impl FnOnce(&mut Resumption<'_>) + Send + 'static,
    ) -> Result<(), NotifyError> {
        self.session.supervisor.handle().notify_resume(self.task, work)
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), line);
    }

    /// Lets it go on.
    pub(crate) fn go(&mut self) {
        self.give("x");
    }

    pub(crate) fn give(&mut self, input: &str) {
        self.input.as_mut().unwrap().write_all(input.as_bytes()).unwrap();
    }

    /// As [`notify`](Subject::notify), for another task.
    pub(crate) fn notify_of(&self, task: TaskId, name: &str) {
        self.session.supervisor.handle().notify_resume(task, self.log.work(name)).unwrap();
    }

    /// There is nothing more to read for it.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits for the end; what was done.
    pub(crate) fn finish(self) -> Vec<String> {
        let Subject { session, mut child, log, input, output, .. } = self;
        let status = child.wait_tree().unwrap();
        drop((input, output));
        session.finish();
        assert!(status.success(), "{status}");
        log.lines()
    }
}

/// The task that has this tid.
pub(crate) fn task_of(session: &Session, tid: i32) -> TaskId {
    let tasks = session.supervisor.tasks().unwrap();
    tasks.iter().find(|task| task.tid.is_some_and(|its| its.as_raw() == tid)).unwrap().id
}

/// Returns when the task waits in the system call of this number.
pub(crate) fn until_blocked(tid: i32, number: i64) {
    let is_there = || {
        let call = fs::read_to_string(format!("/proc/{tid}/syscall")).unwrap_or_default();
        call.split(' ').next() == Some(&number.to_string()) && "SD".contains(state(tid))
    };
    while !is_there() {
        thread::yield_now();
    }
}

/// The state letter of a task.
pub(crate) fn state(tid: i32) -> char {
    let stat = fs::read_to_string(format!("/proc/{tid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next()).unwrap_or('?')
}

/// How often a task has given up its processor by itself.
pub(crate) fn switches(tid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{tid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap();
    line.split_whitespace().last().unwrap().parse().unwrap()
}
