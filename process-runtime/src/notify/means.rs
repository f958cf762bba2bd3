//! How a supervisor has its tasks stop for work.

use crate::interest::Bond;

/// By what means a task is stopped on its way to user mode, for [`Handle::notify_resume`](crate::Handle::notify_resume).
///
/// | | a task that waits in a system call | a task that runs | price |
/// |---|---|---|---|
/// | [`ReturnPoints`](NotifyBy::ReturnPoints) | is not woken | is interrupted | none |
/// | [`Interruption`](NotifyBy::Interruption) | is woken once, and waits again | is interrupted | system-call stops from a task's first request on |
/// | [`SyscallStops`](NotifyBy::SyscallStops) | is not woken | is interrupted in user mode only | every system call stops twice |
///
/// An interruption that finds a task in the middle of a transfer (read(2), write(2) and their kin, of which some bytes are
/// through) cuts it short, and nobody can tell that from a transfer that was short by itself. `SyscallStops` alone is free of
/// this. Nor can it be told, in the last tick of a socket's timeout, that the timeout was not quite over.
///
/// # Alternatives
///
/// PTRACE_INTERRUPT for everybody, as debuggers do: `epoll_wait`, `sigtimedwait` and `recv` with a timeout then answer EINTR,
/// which no program expects that has no signal handlers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotifyBy {
    /// A task that waits in a system call traps at the instruction that the call returns to. What is there is replaced
    /// for as long as the call takes, in the memory of this process alone, and whoever reads it through
    /// [`Inspect`](crate::Inspect) sees what was there. Where it cannot be replaced, and in a tree that outlives its
    /// supervisor ([attached](crate::Attachment), or [detachable](crate::Builder::detachable)), the task is treated as by
    /// `Interruption`.
    ///
    /// Only where a program makes system calls from memory that it can write and *shares* with other processes (MAP_SHARED: code
    /// that one of them generates for all) do these meet the trap too, and get a SIGTRAP. For such programs choose another means.
    #[default]
    ReturnPoints,
    /// Nothing is ever written into a program: a supervisor that is killed leaves nothing behind.
    Interruption,
    /// A task is stopped before and after each of its system calls, so that it is known which of them it is in.
    #[doc(alias = "exact")]
    SyscallStops,
}

impl NotifyBy {
    /// The means for a tree with this bond. A supervisor that is killed must not leave a trap to somebody who lives on.
    pub(crate) fn for_a_tree(self, bond: Bond) -> NotifyBy {
        match (self, bond) {
            (NotifyBy::ReturnPoints, Bond::Loose | Bond::Attached) => NotifyBy::Interruption,
            (means, _) => means,
        }
    }
}
