//! Whose child a task is, as /proc says.

use watchers::{ExitStatus, Pid, Tid};

use super::FirstStop;
use crate::proc::Status;

/// The kernel's view of a task that stopped before its creator's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinship {
    /// Its thread group.
    pub(crate) pid: Pid,
    /// Its parent process; the reaper of orphans if the parent is dead.
    pub(crate) ppid: Option<Pid>,
}

/// A task that nobody has announced yet.
///
/// KERNEL: the newest tracee is the first that a wait looks at, so a child's first stop usually comes before
/// its creator's event. Most strangers are announced by the next report; so whose they are is only asked
/// when they have waited longer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stranger {
    /// Whose it is, if that was asked already.
    pub(crate) kinship: Option<Kinship>,
    /// How it has stopped.
    pub(crate) first_stop: FirstStop,
    /// It has died meanwhile, with this status.
    pub(crate) died: Option<ExitStatus>,
}

impl Kinship {
    /// Reads it; `None` where the task is dead by now.
    pub(crate) fn read(tid: Tid) -> Option<Kinship> {
        let status = Status::read(tid)?;
        Some(Kinship { pid: status.pid()?, ppid: status.ppid() })
    }

    /// Whether a task of this kinship is a thread of `pid`.
    pub(crate) fn is_thread_of(&self, tid: Tid, pid: Pid) -> bool {
        self.pid == pid && self.pid.as_raw() != tid.as_raw()
    }

    /// Whether a task of this kinship is a process, and a child of `pid`. (A thread has its group's parent.)
    pub(crate) fn is_child_of(&self, tid: Tid, pid: Pid) -> bool {
        self.ppid == Some(pid) && self.pid.as_raw() == tid.as_raw()
    }
}
