//! Stops, in the words of ptrace(2): what the kernel said (`observe`), and what it means (`decode`).

mod decode;
mod observe;

pub(crate) use decode::decode;
pub(crate) use observe::{Observed, RawStop, Until, observe, observe_one};

use watchers::{ExitStatus, Signal, Tid};

use crate::syscall::Entry;

/// What a wait status says about one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// signal-delivery-stop. Next: restart, handing the signal on.
    SignalDelivery(Signal),
    /// group-stop. Next: listen, so that it stays stopped until SIGCONT.
    Group(Signal),
    /// PTRACE_EVENT_STOP with SIGTRAP: the first stop of a new task, the answer to an interrupt, or the end
    /// of a group-stop. Next: restart.
    Trap,
    /// PTRACE_EVENT_FORK, _VFORK, _CLONE: the task has made `child`, which will report a [`Stop::Trap`].
    /// Next: wait for the child, tell the watchers, restart both.
    NewChild { child: Tid },
    /// PTRACE_EVENT_EXEC: a new image is loaded. The stop is under the leader's tid, `old_tid` is the
    /// caller's. Next: tell, restart.
    Exec { old_tid: Option<Tid> },
    /// PTRACE_EVENT_EXIT: it is about to die. Next: tell, restart.
    Exiting(ExitStatus),
    /// PTRACE_EVENT_SECCOMP: a filter asked for a look at this call. `data` says whose filter. Next: decide.
    Seccomp { entry: Entry, data: u32 },
    /// syscall-enter-stop. Next: decide.
    SyscallEnter(Entry),
    /// syscall-exit-stop with the call's result, -errno on failure. Next: settle what the entry began.
    SyscallExit { result: i64 },
    /// An event that we did not ask for. Next: restart.
    Other,
    /// The task is dead and reaped; nothing follows.
    Gone(ExitStatus),
    /// It was killed between the report and our questions. Next: nothing; another status is coming.
    Vanished,
}
