//! A task that is alive and does what it is told by its input.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use process_runtime::Child;
use watchers::TaskId;

use super::support::{Session, tracee};

/// A task that has said that it is ready.
pub(crate) struct Ready {
    pub(crate) child: Child,
    pub(crate) task: TaskId,
    output: BufReader<ChildStdout>,
    input: Option<ChildStdin>,
}

/// Its first deed is one that waits for input, or computes.
pub(crate) fn ready(session: &Session, deeds: &[&str]) -> Ready {
    let mut ready = begun(session, deeds);
    assert_eq!(ready.next_line(), "ready");
    ready
}

/// As [`ready`], for a task that has said nothing yet.
pub(crate) fn begun(session: &Session, deeds: &[&str]) -> Ready {
    let mut command: Command = tracee("deeds");
    command.args(deeds).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = session.spawn(command).unwrap();
    let (output, input) = (BufReader::new(child.take_stdout().unwrap()), child.take_stdin());
    let task = session.supervisor.tasks().unwrap()[0].id;
    Ready { child, task, output, input }
}

impl Ready {
    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Ends its first wait for a byte.
    pub(crate) fn go_on(&mut self) {
        self.input.as_mut().unwrap().write_all(b"x").unwrap();
    }

    /// Ends every wait for input.
    pub(crate) fn end_of_input(&mut self) {
        self.input = None;
    }
}
