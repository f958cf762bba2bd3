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
/// | [`examine`](crate::Attached::examine), [`prepare_examine`](crate::Attached::prepare_examine), [`finish`](crate::Examination::finish) | [`NotHeld`](EngineError::NotHeld), [`Again`](EngineError::Again), [`NoSuchTask`](EngineError::NoSuchTask) |
///
/// What utrace says besides has no use here: EPERM (a kernel thread, which cannot be a task of a supervisor), ENOMEM
/// (which is no error of Rust's), and ERESTARTSYS (a thread that waits for [`barrier`](crate::Attached::barrier) is not
/// woken by signals).
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
    /// The engine does not want the task stopped, so that there is no stop to look at it in.
    #[doc(alias = "EINVAL")]
    NotHeld,
    /// The task has not stopped yet, or it has moved: what was read of it is not worth anything.
    #[doc(alias = "EAGAIN")]
    Again,
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
            EngineError::Invalid | EngineError::NotHeld => libc::EINVAL,
            EngineError::Again => libc::EAGAIN,
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
            EngineError::NotHeld => "the engine does not hold the task",
            EngineError::Again => "the task has not stood still",
            EngineError::Exists => "such an engine is attached already",
            EngineError::NotFound => "no such engine is attached",
            EngineError::WouldDeadlock => "a callback cannot wait for its own supervisor",
        })
    }
}

impl StdError for EngineError {}
