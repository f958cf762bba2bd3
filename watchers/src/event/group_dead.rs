//! [`GroupDeadEvent`]: a process is gone.

use crate::ExitStatus;

/// The last task of a thread group is gone: the process has ended, and its pid may be another's from now on.
///
/// It is told once for each process that came to be, right after the last [`free`](crate::FreeEvent) of its tasks. The
/// task of the event is the leader, and as a rule it is the one that was freed last. It is not told
///
/// * for a task that never came to be;
/// * where another thread than the leader executes a program: all others are freed, and the group lives on with it.
///
/// [`ExitEvent::group_dead`](crate::ExitEvent::group_dead) marks something earlier, the last thread that *begins* to die:
/// its memory is there, and threads that began before it may not be gone. At this event all of them are.
///
/// ```
/// use watchers::{ExitStatus, GroupDeadEvent, Signal};
///
/// fn crashed(end: &GroupDeadEvent) -> bool {
///     end.status.signal().is_some()
/// }
///
/// assert!(crashed(&GroupDeadEvent::new(ExitStatus::killed(Signal::SIGSEGV))));
/// ```
///
/// There was no such event in 2006. Those who kept things for a whole group, such as keyrings, asked for it.
#[doc(alias = "group_dead")]
#[doc(alias = "signal->live")]
#[doc(alias = "thread_group_empty")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupDeadEvent {
    /// How the process ended, as its parent is told.
    #[doc(alias = "group_exit_code")]
    pub status: ExitStatus,
}

impl GroupDeadEvent {
    /// An end with this status.
    pub const fn new(status: ExitStatus) -> Self {
        Self { status }
    }
}
