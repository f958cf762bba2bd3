//! [`EventKind`]: which event, without its payload.

use std::{error::Error, fmt, str::FromStr};

/// What can happen to a task; threads are tasks.
///
/// The first seven are those of task watchers v2, with its numbers (`WATCH_TASK_INIT` 0 to `WATCH_TASK_FREE` 6) and
/// in the order in which one task meets them. The others were asked for then and never had.
///
/// | event | fires | for a fork that fails |
/// |---|---|---|
/// | `init` | in the creator's fork, vfork, clone or clone3, before the kernel acts: the only one that can be refused | yes |
/// | `clone` | the task exists and has not run one instruction | no |
/// | `exec` | a program is loaded, its first instruction has not run: once for each exec that succeeds | no |
/// | `uid`, `gid` | a system call has set user or group ids, also to what they were | no |
/// | `exit` | the task is about to die, its memory is still there | no |
/// | `free` | the task is gone: exactly once for each `init` or `found` | yes |
/// | `found` | the task was there before its supervisor: instead of `init` and `clone` | no |
/// | `creds` | a system call has set groups, capabilities or the user namespace | no |
/// | `group_dead` | the last task of a thread group is gone: right after the last `free`, once for each process | no |
///
/// ```
/// use watchers::EventKind;
///
/// assert_eq!("exec".parse(), Ok(EventKind::Exec));
/// assert_eq!(EventKind::Exec.to_string(), "exec");
/// assert_eq!("exce".parse::<EventKind>().unwrap_err().to_string(),
///     "no event is called \"exce\": init, clone, exec, uid, gid, exit, free, found, creds, group_dead are");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum EventKind {
    /// A task is about to be made.
    #[doc(alias = "WATCH_TASK_INIT")]
    Init = 0,
    /// A task was made and has not run yet.
    #[doc(alias = "WATCH_TASK_CLONE")]
    Clone = 1,
    /// A task has loaded a program and has not run it yet.
    #[doc(alias = "WATCH_TASK_EXEC")]
    Exec = 2,
    /// A task has set user ids.
    #[doc(alias = "WATCH_TASK_UID")]
    Uid = 3,
    /// A task has set group ids.
    #[doc(alias = "WATCH_TASK_GID")]
    Gid = 4,
    /// A task is about to die.
    #[doc(alias = "WATCH_TASK_EXIT")]
    Exit = 5,
    /// A task is gone, or never came to be.
    #[doc(alias = "WATCH_TASK_FREE")]
    Free = 6,
    /// A task was there before its supervisor.
    Found = 7,
    /// A task has changed its credentials, other than its ids.
    #[doc(alias = "commit_creds")]
    Creds = 8,
    /// The last task of a thread group is gone.
    GroupDead = 9,
}

impl EventKind {
    /// All events, in order.
    #[doc(alias = "NUM_WATCH_TASK_EVENTS")]
    pub const ALL: [EventKind; 10] = [
        Self::Init,
        Self::Clone,
        Self::Exec,
        Self::Uid,
        Self::Gid,
        Self::Exit,
        Self::Free,
        Self::Found,
        Self::Creds,
        Self::GroupDead,
    ];

    /// The name in lower case, as `#[task_watcher(..)]` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Clone => "clone",
            Self::Exec => "exec",
            Self::Uid => "uid",
            Self::Gid => "gid",
            Self::Exit => "exit",
            Self::Free => "free",
            Self::Found => "found",
            Self::Creds => "creds",
            Self::GroupDead => "group_dead",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for EventKind {
    type Err = UnknownEvent;

    /// The event of this [`name`](Self::name).
    fn from_str(name: &str) -> Result<Self, UnknownEvent> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| UnknownEvent { name: name.to_owned() })
    }
}

/// A name that no event has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// The name.
    pub name: String,
}

impl fmt::Display for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = EventKind::ALL.map(EventKind::name).join(", ");
        write!(f, "no event is called {:?}: {names} are", self.name)
    }
}

impl Error for UnknownEvent {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        let named: Vec<(u8, &str)> = EventKind::ALL.iter().map(|kind| (*kind as u8, kind.name())).collect();
        let of_2006 =
            [(0, "init"), (1, "clone"), (2, "exec"), (3, "uid"), (4, "gid"), (5, "exit"), (6, "free")];
        assert_eq!(named[..7], of_2006);
        assert_eq!(named[7..], [(7, "found"), (8, "creds"), (9, "group_dead")]);
    }

    #[test]
    fn a_name_leads_back() {
        for kind in EventKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for wrong in ["", "Init", "init ", "fork"] {
            assert_eq!(wrong.parse::<EventKind>().unwrap_err().name, wrong);
        }
    }
}
