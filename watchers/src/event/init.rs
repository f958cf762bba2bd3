//! [`InitEvent`]: a task is about to be made.

use crate::CloneFlags;

/// A task is about to be made: its creator is in fork, vfork, clone or clone3, and the kernel has not acted yet.
///
/// The task of the event is the one to be made. It has no tid; its creator is its [`parent`](crate::Task::parent).
/// An `init` watcher may refuse it with a [`Verdict`](crate::Verdict), and whatever becomes of it, one
/// [`free`](crate::FreeEvent) follows.
///
/// ```
/// use watchers::{CloneFlags, Errno, InitEvent, Task};
///
/// fn no_namespaces(_task: &Task, init: &InitEvent) -> Result<(), Errno> {
///     if init.flags.contains(CloneFlags::CLONE_NEWUSER) { Err(Errno::EPERM) } else { Ok(()) }
/// }
///
/// let task = Task::builder().build();
/// assert_eq!(no_namespaces(&task, &InitEvent::new(CloneFlags::FORK)), Ok(()));
/// ```
#[doc(alias = "WATCH_TASK_INIT")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitEvent {
    /// What the creator asked for. For the command that the supervisor starts, its own fork's flags.
    pub flags: CloneFlags,
    /// The kernel has made the task already, and no refusal holds: the call was not seen (a filter of the program's own
    /// came first, or the creator was killed inside it). `clone` follows at once.
    pub late: bool,
}

impl InitEvent {
    /// A creation that is still to be decided.
    pub const fn new(flags: CloneFlags) -> Self {
        Self { flags, late: false }
    }

    /// A creation that was not seen before it had happened.
    pub const fn late(flags: CloneFlags) -> Self {
        Self { flags, late: true }
    }
}
