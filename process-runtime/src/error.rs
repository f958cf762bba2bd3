//! What can go wrong for a caller. A task's death is an outcome, never an error.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, io};

use watchers::{Errno, ModuleError, Pid, TableError, Tid, UnknownWatcher, WatcherInfo};

use crate::attach::Obstacle;

/// Why a call on a supervisor, a handle or a child failed.
///
/// Reads after "failed to": `spawn make, at exec: No such file or directory`. `Debug`, which is what a `main` that returns it prints, has
/// the kind and this sentence.
pub struct Error {
    kind: ErrorKind,
    operation: Option<&'static str>,
    tid: Option<Tid>,
    errno: Option<Errno>,
    watcher: Option<&'static WatcherInfo>,
    module: Option<PathBuf>,
    command: Option<Box<Named>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a command is called in an error.
pub(crate) struct Named {
    program: OsString,
    directory: Option<PathBuf>,
}

impl Named {
    pub(crate) fn new(command: &Command) -> Named {
        let directory = command.get_current_dir().map(Path::to_owned);
        Named { program: command.get_program().to_owned(), directory }
    }
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A command was not started; the stage says how far it came.
    Spawn(SpawnStage),
    /// An init watcher refused the command; [`Error::watcher`] says which, the errno is its own.
    Refused,
    /// The supervisor has ended.
    Gone,
    /// The call would wait for the thread that makes it: a watcher or observer called its own supervisor.
    WouldDeadlock,
    /// The tables of watchers are not sound; the source says why.
    Table,
    /// `only` or `without` named no watcher; the source names the nearest.
    Selection,
    /// A module cannot be loaded, or is not; the source is a [`watchers::ModuleError`].
    Module,
    /// Two values of one type were given to `Builder::data`.
    Data,
    /// A process cannot be attached to.
    Attach(Obstacle),
    /// A supervisor of a tree that was attached to runs no commands.
    Attached,
    /// A tree cannot be let go: it was not spawned for that. A filter without a tracer makes calls fail (ENOSYS), and its end is tied to
    /// ours (PTRACE_O_EXITKILL). See [`Builder::detachable`](crate::Builder::detachable).
    Filtered,
    /// A system call failed; the errno is its own.
    Os,
}

/// How far a command came before it failed to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpawnStage {
    /// Before it was traced: fork, working directory, ids, descriptors, the caller's own `pre_exec`.
    Prepare,
    /// PTRACE_SEIZE. EPERM: Yama's ptrace_scope, a container's seccomp profile, or another tracer.
    Seize,
    /// The seccomp filter could not be installed.
    Filter,
    /// execve(2): ENOENT, EACCES, ENOEXEC, …
    Exec,
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The task concerned.
    pub fn tid(&self) -> Option<Tid> {
        self.tid
    }

    /// The errno, where there is one.
    pub fn raw_os_error(&self) -> Option<i32> {
        self.errno.map(|errno| errno.as_raw())
    }

    /// The watcher that refused.
    pub fn watcher(&self) -> Option<&'static WatcherInfo> {
        self.watcher
    }

    pub(crate) fn os(operation: &'static str, errno: Errno) -> Error {
        Error { operation: Some(operation), errno: Some(errno), ..ErrorKind::Os.into() }
    }

    pub(crate) fn attach(pid: Pid, obstacle: Obstacle) -> Error {
        let error = Error { errno: Some(obstacle.errno()), ..ErrorKind::Attach(obstacle).into() };
        Tid::from_raw(pid.as_raw())
            .map(|tid| error.with_tid(tid))
            .unwrap_or(ErrorKind::Attach(obstacle).into())
    }

    pub(crate) fn spawn(stage: SpawnStage, cause: io::Error) -> Error {
        let errno = cause.raw_os_error().map(Errno::from_raw);
        Error { errno, source: Some(Box::new(cause)), ..ErrorKind::Spawn(stage).into() }
    }

    pub(crate) fn no_thread(cause: io::Error) -> Error {
        Error::os("make a thread", Errno::from_raw(cause.raw_os_error().unwrap_or(libc::EAGAIN)))
    }

    pub(crate) fn refused(watcher: &'static WatcherInfo, errno: Errno) -> Error {
        Error { errno: Some(errno), watcher: Some(watcher), ..ErrorKind::Refused.into() }
    }

    pub(crate) fn module(path: &Path, cause: ModuleError) -> Error {
        Error { module: Some(path.to_owned()), ..Error::caused(ErrorKind::Module, cause) }
    }

    pub(crate) fn with_tid(self, tid: Tid) -> Error {
        Error { tid: Some(tid), ..self }
    }

    /// It is about this command.
    pub(crate) fn of_command(self, command: Named) -> Error {
        Error { command: Some(Box::new(command)), ..self }
    }

    fn caused(kind: ErrorKind, cause: impl StdError + Send + Sync + 'static) -> Error {
        Error { source: Some(Box::new(cause)), ..kind.into() }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Error {
        Error {
            kind,
            operation: None,
            tid: None,
            errno: None,
            watcher: None,
            module: None,
            command: None,
            source: None,
        }
    }
}

impl From<TableError> for Error {
    fn from(cause: TableError) -> Error {
        Error::caused(ErrorKind::Table, cause)
    }
}

impl From<UnknownWatcher> for Error {
    fn from(cause: UnknownWatcher) -> Error {
        Error::caused(ErrorKind::Selection, cause)
    }
}

impl From<watchers::DuplicateData> for Error {
    fn from(cause: watchers::DuplicateData) -> Error {
        Error::caused(ErrorKind::Data, cause)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        let kind = match error.errno {
            Some(errno) => io::Error::from_raw_os_error(errno.as_raw()).kind(),
            None => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Spawn(stage) => self.fmt_spawn(f, stage)?,
            ErrorKind::Refused => self.fmt_refused(f)?,
            ErrorKind::Gone => f.write_str("reach the supervisor: it has ended")?,
            ErrorKind::WouldDeadlock => {
                f.write_str("wait for its own supervisor from a watcher or observer")?
            }
            ErrorKind::Table => f.write_str("check the tables of watchers")?,
            ErrorKind::Selection => f.write_str("select watchers")?,
            ErrorKind::Module => self.fmt_module(f)?,
            ErrorKind::Data => f.write_str("take a second value of one type")?,
            ErrorKind::Attach(obstacle) => return self.fmt_obstacle(f, obstacle),
            ErrorKind::Attached => f.write_str("run a command: this supervisor is attached to a tree")?,
            ErrorKind::Filtered => f.write_str("let go of a tree that was not spawned as detachable")?,
            ErrorKind::Os => f.write_str(self.operation.unwrap_or("call the system"))?,
        }
        if let Some(tid) = self.tid {
            write!(f, " on task {tid}")?;
        }
        match (&self.source, self.errno) {
            (Some(cause), _) => write!(f, ": {cause}")?,
            (None, Some(errno)) => write!(f, ": {}", io::Error::from(errno))?,
            (None, None) => {}
        }
        match (self.kind, self.errno) {
            (ErrorKind::Spawn(SpawnStage::Seize), Some(Errno::EPERM)) => f.write_str(WHY_EPERM),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.kind).field("message", &self.to_string()).finish()
    }
}

const WHY_EPERM: &str =
    " (another tracer has it, Yama's ptrace_scope forbids it, or a container's seccomp profile does)";

impl Error {
    fn fmt_module(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.module.as_deref().unwrap_or("".as_ref());
        write!(f, "use the module {}", path.display())
    }

    fn fmt_obstacle(&self, f: &mut fmt::Formatter<'_>, obstacle: Obstacle) -> fmt::Result {
        f.write_str("attach to process ")?;
        self.tid.map_or(Ok(()), |tid| write!(f, "{tid}: "))?;
        write!(f, "{obstacle}")
    }

    /// The directory is named where it may be what is missing.
    fn fmt_spawn(&self, f: &mut fmt::Formatter<'_>, stage: SpawnStage) -> fmt::Result {
        let Some(command) = &self.command else { return write!(f, "spawn, {stage}") };
        let Named { program, directory } = &**command;
        write!(f, "spawn {}, {stage}", program.display())?;
        match directory {
            Some(directory) if stage == SpawnStage::Prepare => write!(f, " in {}", directory.display()),
            _ => Ok(()),
        }
    }

    fn fmt_refused(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.watcher {
            Some(watcher) => {
                let WatcherInfo { module, name, file, line, .. } = watcher;
                write!(f, "spawn: refused by the init watcher {module}::{name} ({file}:{line})")
            }
            None => f.write_str("spawn: refused"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

impl fmt::Display for SpawnStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SpawnStage::Prepare => "before exec",
            SpawnStage::Seize => "at PTRACE_SEIZE",
            SpawnStage::Filter => "at the seccomp filter",
            SpawnStage::Exec => "at exec",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_main_prints_is_a_sentence() {
        let error = Error::spawn(SpawnStage::Exec, io::Error::from_raw_os_error(libc::ENOENT));
        let printed = format!("{error:?}");
        assert!(printed.contains("Spawn(Exec)"), "{printed}");
        assert!(printed.contains("spawn, at exec: No such file or directory"), "{printed}");
    }
}
