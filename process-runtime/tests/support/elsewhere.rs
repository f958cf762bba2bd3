//! Tests that need a process of their own: they run their own binary again, for that one test.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::feature::{Feature, require};

const KEY: &str = "TEST_ELSEWHERE";

/// Whether this process was made for the test `name`.
pub(crate) fn is_elsewhere(name: &str) -> bool {
    std::env::var_os(KEY).is_some_and(|value| value.to_str() == Some(name))
}

/// A command that runs the test `name` of this binary in a process of its own.
pub(crate) fn myself(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
    command.env(KEY, name).stdin(Stdio::null());
    command
}

/// `true` in a process that was made for the test `name`; elsewhere makes that process, prepared by
/// `prepare`, has it succeed, and answers `false`.
///
/// ```ignore
/// if elsewhere("area::test", |command| { command.uid(1000); }) { /* the test itself */ }
/// ```
pub(crate) fn elsewhere(name: &str, prepare: impl FnOnce(Command) -> Command) -> bool {
    if is_elsewhere(name) {
        return true;
    }
    let output = prepare(myself(name)).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "elsewhere: {}\n{stdout}\n{stderr}", output.status);
    assert!(stdout.contains("1 passed"), "no test {name} in this binary\n{stdout}");
    eprintln!("{stderr}");
    false
}

/// Runs `command` as an ordinary user who may not do anything.
pub(crate) fn as_nobody_special(mut command: Command) -> Command {
    command.uid(54_321).gid(54_321);
    command
}

/// As [`elsewhere`], with [`as_nobody_special`]; `false`, too, where the tests cannot be run as somebody else.
pub(crate) fn elsewhere_as_nobody_special(name: &str) -> bool {
    (is_elsewhere(name) || require(Feature::AnotherUser)) && elsewhere(name, as_nobody_special)
}
