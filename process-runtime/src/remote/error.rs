//! Why a task did not make a call, or what the call answered.

use std::error::Error;
use std::{fmt, io};

use watchers::Errno;

/// Why [`Inspect::call`](crate::Inspect::call) has no result.
///
/// Only [`Failed`](CallError::Failed) is an answer of the call itself. Reads after "the task did not make the
/// call: ".
///
/// ```
/// use process_runtime::CallError;
/// use watchers::Errno;
///
/// assert_eq!(CallError::Failed(Errno::ENOSYS).errno(), Errno::ENOSYS);
/// assert_eq!(CallError::Killed.errno(), Errno::ESRCH);
/// assert_eq!(CallError::Dying.to_string(), "it is about to die");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// The call was made and failed with this errno. A seccomp filter of the task's own may have given it.
    Failed(Errno),
    /// The task was killed before the call had an answer; whether it was made is not known. Its death is told
    /// as any other.
    Killed,
    /// The event is `exit`: the task is on its last way through the kernel and makes no call any more.
    Dying,
    /// The event is `clone`, and the task is the creator: it is still inside the call that has made the child,
    /// and may stay there until the child has ended (vfork).
    InFork,
    /// A signal is being delivered to it, which a call would make it lose.
    InSignal,
    /// It runs a 32-bit program, or is about to enter a 32-bit call, whose numbers are others.
    NotNative,
    /// A seccomp filter of the task's own, or its syscall user dispatch, answered with SIGSYS, which was taken
    /// back.
    Filtered,
    /// A call that makes tasks, loads a program, ends the task or returns from a signal's handler.
    Unsuitable,
    /// Nothing that the task may execute has an instruction that calls the kernel.
    NoInstruction,
    /// Its memory cannot be used. EPERM: it is not dumpable and we are not privileged. EFAULT: its stack has no
    /// room for what the call needs.
    Memory(Errno),
    /// ptrace(2) failed, as it never should.
    Os(Errno),
}

impl CallError {
    /// The errno that says the same.
    pub fn errno(self) -> Errno {
        match self {
            CallError::Failed(errno) | CallError::Memory(errno) | CallError::Os(errno) => errno,
            CallError::Killed | CallError::Dying => Errno::ESRCH,
            CallError::InFork | CallError::InSignal => Errno::EBUSY,
            CallError::NotNative | CallError::NoInstruction => Errno::ENOEXEC,
            CallError::Filtered => Errno::EACCES,
            CallError::Unsuitable => Errno::EINVAL,
        }
    }

    /// Of a request for a task that was stopped: ESRCH means that it was killed.
    pub(super) fn of_request(errno: Errno) -> CallError {
        if errno == Errno::ESRCH { CallError::Killed } else { CallError::Os(errno) }
    }

    /// Of a look into the memory of a task that was stopped.
    pub(super) fn of_memory(errno: Errno) -> CallError {
        if errno == Errno::ESRCH { CallError::Killed } else { CallError::Memory(errno) }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            CallError::Failed(errno) => return write!(f, "it failed with {errno}"),
            CallError::Memory(errno) => return write!(f, "its memory cannot be used: {errno}"),
            CallError::Os(errno) => return write!(f, "ptrace failed with {errno}"),
            CallError::Killed => "it was killed",
            CallError::Dying => "it is about to die",
            CallError::InFork => "it is inside the call that has made a task",
            CallError::InSignal => "a signal is being delivered to it",
            CallError::NotNative => "its system calls are those of another architecture",
            CallError::Filtered => "a filter of its own does not allow it",
            CallError::Unsuitable => "nobody makes this call for somebody else",
            CallError::NoInstruction => "no instruction of it calls the kernel",
        };
        f.write_str(what)
    }
}

impl Error for CallError {}

impl From<CallError> for io::Error {
    fn from(error: CallError) -> io::Error {
        io::Error::new(io::Error::from(error.errno()).kind(), error)
    }
}
