//! [`InitEvent`]: a task is about to be made.

use crate::CloneFlags;

/// A task is about to be made: its creator is in fork, vfork, clone or clone3, and the kernel has not acted yet.
///
/// The task of the event is the one to be made. It has no tid; its creator is its [`parent`](crate::Task::parent).
/// An `init` watcher may refuse it with a [`Verdict`](crate::Verdict), and whatever becomes of it, one
/// [`free`](crate::FreeEvent) follows.
///
/// # What follows
///
/// Each event goes to all its watchers, in an order that is the same for all events: `free` is not the reverse of `init`. `exit` and
/// the `free` of a task that lived carry its status, any other `free` the reason:
///
/// | the call | `init` | `clone` | `exit` | `free` |
/// |---|---|---|---|---|
/// | succeeds | all | all | later: all | later: all, the status |
/// | has bad flags (EINVAL), meets RLIMIT_NPROC or a pids cgroup's limit (EAGAIN), finds no memory (ENOMEM) | all | | | all, [`Failed`] with that errno |
/// | fails in any later step, such as a pidfd (EMFILE, EFAULT) or a cgroup (EBADF) | all | | | all, [`Failed`] with that errno |
/// | is refused by some watchers: the first one's errno is the caller's | all | | | all, [`Denied`] |
/// | is refused by one that [stops the walk](crate::Verdict::stop) | those up to it | | | all, [`Denied`] |
/// | meets a pending signal, and is made again after it unless that ends the caller | all; then, of another task, all again | | | all, [`Restarted`], before the second `init` |
/// | never returns, as the caller is killed in it | all | | | all, [`Killed`]; before or after the caller's own |
/// | is under way when the supervisor goes down | all | as far as it came | as far as it came | all: the task was killed, or [`Killed`] |
///
/// So `free` comes once for each `init`, `clone` implies `init`, and `exit` implies `clone`. In a fork that nobody could refuse (see
/// [`late`](Self::late)), what a watcher answers changes nothing, and all are told.
///
/// [`Failed`]: crate::Stillborn::Failed
/// [`Denied`]: crate::Stillborn::Denied
/// [`Restarted`]: crate::Stillborn::Restarted
/// [`Killed`]: crate::Stillborn::Killed
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
