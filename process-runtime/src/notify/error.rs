//! Why work for a task's return to user mode was not taken.

use std::error::Error as StdError;
use std::fmt;

use watchers::Errno;

/// Why [`Handle::notify_resume`](crate::Handle::notify_resume) has not taken the work, which is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotifyError {
    /// There is no such task, or it has passed its exit; or the supervisor has ended.
    #[doc(alias = "ESRCH")]
    NoSuchTask,
    /// A callback or a watcher waits for its own supervisor; it has
    /// [`TaskExt::notify_resume`](crate::TaskExt::notify_resume).
    #[doc(alias = "EDEADLK")]
    WouldDeadlock,
}

impl NotifyError {
    /// The kernel's number of it.
    pub fn errno(self) -> Errno {
        Errno::from_raw(match self {
            NotifyError::NoSuchTask => libc::ESRCH,
            NotifyError::WouldDeadlock => libc::EDEADLK,
        })
    }
}

impl fmt::Display for NotifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotifyError::NoSuchTask => "the task will not be in user mode any more",
            NotifyError::WouldDeadlock => "a callback cannot wait for its own supervisor",
        })
    }
}

impl StdError for NotifyError {}
