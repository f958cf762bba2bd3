//! [`FreeEvent`]: a task is gone, or never came to be.

use std::fmt;

use crate::{Errno, ExitStatus};

/// A task is gone, or never came to be: exactly one for each `init` or [`found`](crate::FoundEvent).
///
/// It is the last event of every task, but for the [`group_dead`](crate::GroupDeadEvent) of its group's last. The task's
/// data is dropped afterwards. Every `free` watcher is told, also of a task that some `init` watcher
/// refused before the others were asked; so a watcher undoes what the task's data says that it did, and nothing else.
///
/// The order of the watchers is that of every event, not the reverse of `init`'s. The table of [`InitEvent`](crate::InitEvent) says
/// what a failed fork tells, and when.
///
/// ```
/// use watchers::{Errno, ExitStatus, FreeEvent, Stillborn};
///
/// let died = FreeEvent::died(ExitStatus::SUCCESS);
/// assert_eq!((died.status, died.stillborn), (Some(ExitStatus::SUCCESS), None));
///
/// let failed = FreeEvent::stillborn(Stillborn::Failed(Errno::ENOMEM));
/// assert_eq!(failed.status, None);
/// ```
#[doc(alias = "WATCH_TASK_FREE")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FreeEvent {
    /// How it ended, as `exit` told; of a leader that ended before its group, how the group did. `None` for a task that never came
    /// to be.
    pub status: Option<ExitStatus>,
    /// Why it never came to be; `None` for a task that lived.
    pub stillborn: Option<Stillborn>,
}

impl FreeEvent {
    /// The end of a task that lived.
    pub const fn died(status: ExitStatus) -> Self {
        Self { status: Some(status), stillborn: None }
    }

    /// The end of a task that never came to be.
    pub const fn stillborn(cause: Stillborn) -> Self {
        Self { status: None, stillborn: Some(cause) }
    }
}

/// Why a task never came to be, although its `init` was told.
///
/// ```
/// use watchers::{Errno, Stillborn};
///
/// assert_eq!(Stillborn::Failed(Errno::EAGAIN).to_string(), "the kernel failed it with EAGAIN");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stillborn {
    /// An `init` watcher refused it; the kernel has not been asked.
    Denied,
    /// The kernel did, with this errno.
    Failed(Errno),
    /// A signal came first. The creator handles it and calls again, with a new task and a new `init`; unless the signal ends it.
    #[doc(alias = "ERESTARTNOINTR")]
    Restarted,
    /// The creator was killed in the call, before the kernel had made the task.
    Killed,
}

impl fmt::Display for Stillborn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("a watcher refused it"),
            Self::Failed(errno) => write!(f, "the kernel failed it with {errno}"),
            Self::Restarted => f.write_str("a signal came first and the call starts again"),
            Self::Killed => f.write_str("its creator was killed"),
        }
    }
}
