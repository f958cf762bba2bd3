//! Why there is no exit status of the command: what to say, and what to exit with.

use std::ffi::OsString;
use std::io;

use process_runtime::{Error, ErrorKind, SpawnStage};
use watchers::Errno;

use crate::exit;
use crate::quote;

/// A failure of ours, or of the attempt to start the command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Where it happened, for the `end` of the report.
    pub(crate) stage: &'static str,
    /// What the kernel said.
    pub(crate) errno: Option<Errno>,
    /// What to exit with.
    pub(crate) code: u8,
    /// What to say on stderr.
    pub(crate) sentence: String,
}

impl Failure {
    /// Something of our own went wrong before the command could run.
    pub(crate) fn starting(error: io::Error) -> Failure {
        let errno = error.raw_os_error().map(Errno::from_raw);
        let sentence = format!("cannot start: {}", exit::reason(&error));
        Failure { stage: "start", errno, code: exit::FAILED, sentence }
    }

    /// The supervisor could not start, or has ended before the command.
    pub(crate) fn of_supervisor(error: Error) -> Failure {
        let errno = error.raw_os_error().map(Errno::from_raw);
        let stage = if error.kind() == ErrorKind::Gone { "run" } else { "start" };
        let why = if errno == Some(Errno::EPERM) { tracer_of_ours() } else { String::new() };
        Failure { stage, errno, code: exit::FAILED, sentence: format!("cannot supervise: {error}{why}") }
    }

    /// The process cannot be attached to.
    pub(crate) fn of_attachment(error: Error) -> Failure {
        let errno = error.raw_os_error().map(Errno::from_raw);
        let stage = if matches!(error.kind(), ErrorKind::Attach(_)) { "seize" } else { "start" };
        Failure { stage, errno, code: exit::FAILED, sentence: format!("cannot {error}") }
    }

    /// The command was not started.
    pub(crate) fn of_command(argv: &[OsString], error: Error) -> Failure {
        let errno = error.raw_os_error().map(Errno::from_raw);
        let program = argv.first().map(|program| quote::word(program)).unwrap_or_default();
        let (stage, code) = place(error.kind(), errno);
        let reason = match (stage, errno) {
            ("exec", Some(errno)) => exit::reason(&io::Error::from_raw_os_error(errno.as_raw())),
            _ => error.to_string(),
        };
        Failure { stage, errno, code, sentence: format!("cannot run {program}: {reason}") }
    }
}

/// Who is in our way: a task has one tracer, and what we make belongs to ours.
fn tracer_of_ours() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:")).map(str::trim);
    match tracer {
        None | Some("0") => String::new(),
        Some(pid) => format!(": taskwatch is traced itself, by process {pid}, and so is all that it starts"),
    }
}

/// The stage, as the stream calls it, and the exit status.
fn place(kind: ErrorKind, errno: Option<Errno>) -> (&'static str, u8) {
    match kind {
        ErrorKind::Spawn(SpawnStage::Exec) if errno == Some(Errno::ENOENT) => ("exec", exit::NOT_FOUND),
        ErrorKind::Spawn(SpawnStage::Exec) => ("exec", exit::CANNOT_EXECUTE),
        ErrorKind::Spawn(SpawnStage::Seize) => ("seize", exit::FAILED),
        ErrorKind::Spawn(SpawnStage::Filter) => ("filter", exit::FAILED),
        ErrorKind::Spawn(_) => ("fork", exit::FAILED),
        ErrorKind::Refused => ("init", exit::FAILED),
        _ => ("start", exit::FAILED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_statuses() {
        let exec = ErrorKind::Spawn(SpawnStage::Exec);
        assert_eq!(place(exec, Some(Errno::ENOENT)), ("exec", 127));
        assert_eq!(place(exec, Some(Errno::EACCES)), ("exec", 126));
        assert_eq!(place(exec, None), ("exec", 126));
        assert_eq!(place(ErrorKind::Spawn(SpawnStage::Seize), Some(Errno::EPERM)), ("seize", 125));
        assert_eq!(place(ErrorKind::Refused, Some(Errno::EAGAIN)), ("init", 125));
        assert_eq!(place(ErrorKind::Gone, None), ("start", 125));
    }
}
