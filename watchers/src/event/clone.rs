//! [`CloneEvent`]: a task was made and has not run yet.

use crate::CloneFlags;

/// A task was made and has not run one instruction.
///
/// The task of the event is the new one; it has its [`tid`](crate::Task::tid) now. An `init` came before, an
/// [`exit`](crate::ExitEvent) will come, neither need be near. A fork that fails, in whichever way, tells no `clone`:
/// [`InitEvent`](crate::InitEvent) has the table.
///
/// ```
/// use watchers::{CloneEvent, CloneFlags};
///
/// let clone = CloneEvent::new(CloneFlags::VFORK);
/// assert!(clone.flags.vfork());
/// ```
#[doc(alias = "WATCH_TASK_CLONE")]
#[doc(alias = "PTRACE_EVENT_CLONE")]
#[doc(alias = "PTRACE_EVENT_FORK")]
#[doc(alias = "PTRACE_EVENT_VFORK")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloneEvent {
    /// What the creator asked for.
    pub flags: CloneFlags,
}

impl CloneEvent {
    /// A creation with these flags.
    pub const fn new(flags: CloneFlags) -> Self {
        Self { flags }
    }
}
