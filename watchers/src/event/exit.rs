//! [`ExitEvent`]: a task is about to die.

use crate::ExitStatus;

/// A task is about to die: it runs no user instruction any more, and its memory is still there.
///
/// There is exactly one for each `clone` or [`found`](crate::FoundEvent), threads included, and it cannot be refused.
/// A task that never came to be has none. [`free`](crate::FreeEvent) comes once it is dead and reaped.
///
/// ```
/// use watchers::{ExitEvent, ExitStatus, Signal};
///
/// let exit = ExitEvent::new(ExitStatus::killed(Signal::SIGKILL)).with_late();
/// assert_eq!(exit.status.signal(), Some(Signal::SIGKILL));
/// assert!(exit.late);
/// ```
#[doc(alias = "WATCH_TASK_EXIT")]
#[doc(alias = "PTRACE_EVENT_EXIT")]
#[doc(alias = "PROC_EVENT_EXIT")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExitEvent {
    /// How it ends. A thread that ends alone has its own; where the whole group ends, all have the group's.
    pub status: ExitStatus,
    /// The task is gone already: the kernel skipped the stop (a `SIGKILL` at the wrong moment). Its memory cannot be
    /// read, and [`free`](crate::FreeEvent) follows at once.
    pub late: bool,
    /// The last thread of its group that begins to die: the process ends with it. That all of them are gone is told by
    /// [`group_dead`](crate::GroupDeadEvent), after the last `free`.
    pub group_dead: bool,
}

impl ExitEvent {
    /// An end with this status, in time, of a task whose group lives on.
    pub const fn new(status: ExitStatus) -> Self {
        Self { status, late: false, group_dead: false }
    }

    /// The same, told when the task was gone.
    #[must_use]
    pub const fn with_late(self) -> Self {
        Self { late: true, ..self }
    }

    /// The same, of the last thread of its group.
    #[must_use]
    pub const fn with_group_dead(self) -> Self {
        Self { group_dead: true, ..self }
    }
}
