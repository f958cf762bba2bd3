//! A command without a supervisor, and what both kinds of run are compared by.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use super::alive::Mark;
use super::lines::{Lines, lines};

/// What a program printed and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) stdout: Lines,
    pub(crate) stderr: Lines,
    pub(crate) status: String,
}

/// Where a command's output goes: files, so that nothing waits for a reader.
pub(crate) struct Output {
    stdout: File,
    stderr: File,
}

impl Output {
    /// Gives `command` an empty input and files for its output.
    pub(crate) fn of(command: &mut Command) -> Output {
        let output = Output { stdout: tempfile::tempfile().unwrap(), stderr: tempfile::tempfile().unwrap() };
        command.stdin(Stdio::null());
        command.stdout(output.stdout.try_clone().unwrap());
        command.stderr(output.stderr.try_clone().unwrap());
        output
    }

    /// What was written, with the mark of the run taken out.
    pub(crate) fn verdict(self, status: ExitStatus, mark: &Mark) -> Verdict {
        let text = |file| lines(read(file).replace(mark.text(), "MARK"));
        Verdict { stdout: text(self.stdout), stderr: text(self.stderr), status: describe(status) }
    }
}

fn read(mut file: File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `code 3`, `signal 9` or `signal 11, core`.
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal(), status.core_dumped()) {
        (Some(code), ..) => format!("code {code}"),
        (_, Some(signal), false) => format!("signal {signal}"),
        (_, Some(signal), true) => format!("signal {signal}, core"),
        _ => format!("{status:?}"),
    }
}

/// Runs `command` without a supervisor.
pub(crate) fn plain(command: Command) -> Verdict {
    let (mut command, mark) = (command, Mark::new());
    mark.put_on(&mut command);
    let output = Output::of(&mut command);
    let status = command.status().expect("the command runs");
    drop(command);
    output.verdict(status, &mark)
}
