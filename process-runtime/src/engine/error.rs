//! Why a call on an engine, or for one, was refused.

use std::error::Error as StdError;
use std::fmt;

use watchers::Errno;

/// The return codes of utrace, with the kernel's names.
///
/// | call | variants |
/// |---|---|
/// | attach | [`Exists`](EngineError::Exists), [`NoSuchTask`](EngineError::NoSuchTask) |
/// | find | [`NotFound`](EngineError::NotFound), [`NoSuchTask`](EngineError::NoSuchTask) |
/// | [`control`](crate::Attached::control) | [`InProgress`](EngineError::InProgress), [`Already`](EngineError::Already), [`Invalid`](EngineError::Invalid), [`NoSuchTask`](EngineError::NoSuchTask) |
/// | [`set_events`](crate::Attached::set_events) | [`Already`](EngineError::Already), [`NoSuchTask`](EngineError::NoSuchTask) |
/// | [`barrier`](crate::Attached::barrier) | [`NoSuchTask`](EngineError::NoSuchTask) |
///
/// What utrace says besides has no use here: EPERM (a kernel thread) cannot be a task of a supervisor, and ENOMEM is
/// no error of Rust's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EngineError {
    /// The task does not stand still yet; it will, and the engine is told before it runs again.
    #[doc(alias = "EINPROGRESS")]
    InProgress,
    /// The task is dead, and its death is being reported or was: it is too late for this.
    #[doc(alias = "EALREADY")]
    Already,
    /// The engine is not attached any more, or the task is gone.
    #[doc(alias = "ESRCH")]
    NoSuchTask,
    /// A report or a step was asked for, and the engine does not want [`Quiesce`](crate::EngineEvent::Quiesce).
    #[doc(alias = "EINVAL")]
    Invalid,
    /// There is such an engine already.
    #[doc(alias = "EEXIST")]
    Exists,
    /// There is no such engine.
    #[doc(alias = "ENOENT")]
    NotFound,
    /// A callback or a watcher waits for its own supervisor.
    #[doc(alias = "EDEADLK")]
    WouldDeadlock,
}

impl EngineError {
    /// The kernel's number of it.
    pub fn errno(self) -> Errno {
        Errno::from_raw(match self {
            EngineError::InProgress => libc::EINPROGRESS,
            EngineError::Already => libc::EALREADY,
            EngineError::NoSuchTask => libc::ESRCH,
            EngineError::Invalid => libc::EINVAL,
            EngineError::Exists => libc::EEXIST,
            EngineError::NotFound => libc::ENOENT,
            EngineError::WouldDeadlock => libc::EDEADLK,
        })
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EngineError::InProgress => "the task has not stopped yet",
            EngineError::Already => "the task is dead and its death is told",
            EngineError::NoSuchTask => "the engine is not attached to a task any more",
            EngineError::Invalid => "the engine does not want the event QUIESCE",
            EngineError::Exists => "such an engine is attached already",
            EngineError::NotFound => "no such engine is attached",
            EngineError::WouldDeadlock => "a callback cannot wait for its own supervisor",
        })
    }
}

impl StdError for EngineError {}
