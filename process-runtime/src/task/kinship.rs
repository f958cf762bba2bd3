//! Whose child a task is, as /proc says.

use watchers::{Pid, Tid};

use crate::proc::Status;

/// The kernel's view of a task that stopped before its creator's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinship {
    /// Its thread group.
    pub(crate) pid: Pid,
    /// Its parent process; the reaper of orphans if the parent is dead.
    pub(crate) ppid: Option<Pid>,
}

impl Kinship {
    /// Reads it; `None` where the task is dead by now.
    pub(crate) fn read(tid: Tid) -> Option<Kinship> {
        let status = Status::read(tid)?;
        Some(Kinship { pid: status.pid()?, ppid: status.ppid() })
    }
}
