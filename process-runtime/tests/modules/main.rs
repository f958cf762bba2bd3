//! Watchers that come and go while a supervisor runs: modules, and watchers that are enabled and disabled by name.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod enabling;
mod errors;
mod loading;

use std::io::{BufRead, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use process_runtime::Child;
use support::Session;

/// The shared library of the example, which cargo has put beside this test.
fn module() -> PathBuf {
    let path = std::env::current_exe().unwrap().with_file_name("libexample_module.so");
    assert!(path.is_file(), "{}", path.display());
    path
}

/// One test at a time: whether a module is still used is the process's affair.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A shell that runs the lines that it is given, one by one.
struct Shell {
    child: Child,
    input: std::process::ChildStdin,
    output: std::io::BufReader<std::process::ChildStdout>,
}

impl Shell {
    fn start(session: &Session) -> Shell {
        let mut command = Command::new("sh");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = session.spawn(command).unwrap();
        let input = child.take_stdin().unwrap();
        let output = std::io::BufReader::new(child.take_stdout().unwrap());
        Shell { child, input, output }
    }

    /// Runs one line and waits until it has been run; what it printed.
    fn run(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}; echo done").unwrap();
        let mut text = String::new();
        while !text.ends_with("done\n") {
            assert_ne!(self.output.read_line(&mut text).unwrap(), 0, "{text}");
        }
        text.truncate(text.len() - 5);
        text
    }

    /// Has it stop once, by a signal that it ignores: from there on it is followed as is wanted now.
    fn stop(&mut self) {
        self.run("kill -WINCH $$");
    }

    fn end(self) {
        assert_eq!(self.end_with(""), (Some(0), String::new()));
    }

    /// Runs one line more; the exit code, and what was printed until the end.
    fn end_with(self, line: &str) -> (Option<i32>, String) {
        let Shell { mut child, mut input, mut output } = self;
        writeln!(input, "{line}").unwrap();
        drop(input);
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        (child.wait_tree().unwrap().code(), text)
    }
}
