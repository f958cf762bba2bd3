//! One struct per event of a task; the names of their fields are the format.
//!
//! The order of the fields is the order in the line. `None` is null unless a field says otherwise.

use std::ffi::OsString;

use serde::Serialize;
use watchers::{
    CloneEvent, CredsEvent, ExecEvent, ExitEvent, ExitStatus, FoundEvent, FoundState, GroupDeadEvent, Ids,
    Pid, Task, TaskId, Tid, Times,
};

use super::text::Text;
use crate::report::Refused;

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// What every line has.
#[derive(Serialize)]
pub(super) struct Line<B> {
    pub(super) v: u32,
    /// From 0, without gaps.
    pub(super) seq: u64,
    /// CLOCK_MONOTONIC, in ns since the start line.
    pub(super) ts: u64,
    pub(super) event: &'static str,
    #[serde(flatten)]
    pub(super) body: B,
}

/// What every line about a task has.
#[derive(Serialize)]
pub(super) struct Who {
    task: u64,
    tid: Option<i32>,
    pid: Option<i32>,
    ppid: Option<i32>,
}

#[derive(Serialize)]
pub(super) struct Init {
    #[serde(flatten)]
    pub(super) who: Who,
    pub(super) parent: Option<u64>,
    pub(super) flags: u64,
    pub(super) flag_names: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) denied: Option<Denied>,
    #[serde(skip_serializing_if = "is_not")]
    pub(super) late: bool,
}

#[derive(Serialize)]
pub(super) struct Denied {
    errno: String,
    watcher: &'static str,
}

#[derive(Serialize)]
pub(super) struct Clone {
    #[serde(flatten)]
    who: Who,
    parent: Option<u64>,
    flags: u64,
    thread: bool,
}

#[derive(Serialize)]
pub(super) struct Found<'a> {
    #[serde(flatten)]
    who: Who,
    parent: Option<u64>,
    /// Nobody has seen them.
    flags: Option<u64>,
    thread: bool,
    #[serde(skip_serializing_if = "is_not")]
    zombie: bool,
    /// What a leader runs, as far as that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    argv: Option<Vec<Text<'a>>>,
}

#[derive(Serialize)]
pub(super) struct Exec<'a> {
    #[serde(flatten)]
    who: Who,
    path: Option<OwnedText>,
    exe: Option<OwnedText>,
    cwd: Option<OwnedText>,
    argv: Option<Vec<Text<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_tid: Option<i32>,
}

#[derive(Serialize)]
pub(super) struct Change {
    #[serde(flatten)]
    who: Who,
    old: IdSet,
    new: IdSet,
}

#[derive(Serialize)]
pub(super) struct Creds {
    #[serde(flatten)]
    who: Who,
    change: &'static str,
}

#[derive(Serialize)]
pub(super) struct GroupDead {
    #[serde(flatten)]
    who: Who,
    status: Status,
}

#[derive(Serialize)]
struct IdSet {
    real: u32,
    effective: u32,
    saved: u32,
    fs: u32,
}

#[derive(Serialize)]
pub(super) struct Exit {
    #[serde(flatten)]
    who: Who,
    status: Status,
    #[serde(skip_serializing_if = "is_not")]
    late: bool,
}

#[derive(Serialize)]
pub(super) struct Free {
    #[serde(flatten)]
    pub(super) who: Who,
    pub(super) status: Option<Status>,
    #[serde(flatten)]
    pub(super) stillborn: Option<Unmade>,
    /// Of the leader of a group.
    #[serde(flatten)]
    pub(super) used: Option<Used>,
}

/// Why a task never came to be.
#[derive(Serialize)]
pub(super) struct Unmade {
    pub(super) cause: &'static str,
    pub(super) errno: Option<String>,
}

/// What a thread group has used.
#[derive(Serialize)]
pub(super) struct Used {
    utime_us: Option<u64>,
    stime_us: Option<u64>,
    maxrss_kb: Option<u64>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Status {
    Exited {
        code: i32,
    },
    Killed {
        signal: i32,
        name: String,
        #[serde(skip_serializing_if = "is_not")]
        core: bool,
    },
}

/// A string that was read for this line only.
struct OwnedText(OsString);

impl Serialize for OwnedText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Text::new(&self.0).serialize(serializer)
    }
}

fn is_not(flag: &bool) -> bool {
    !*flag
}

impl Who {
    pub(super) fn of(task: &Task) -> Who {
        Who {
            task: task.id().as_raw(),
            tid: task.tid().map(Tid::as_raw),
            pid: task.pid().map(Pid::as_raw),
            ppid: task.ppid().map(Pid::as_raw),
        }
    }
}

impl Clone {
    pub(super) fn of(task: &Task, event: &CloneEvent) -> Clone {
        Clone {
            who: Who::of(task),
            parent: task.parent_id().map(TaskId::as_raw),
            flags: event.flags.as_raw(),
            thread: task.is_thread(),
        }
    }
}

impl<'a> Found<'a> {
    pub(super) fn of(task: &Task, event: &FoundEvent, argv: Option<&'a [OsString]>) -> Found<'a> {
        Found {
            who: Who::of(task),
            parent: task.parent_id().map(TaskId::as_raw),
            flags: None,
            thread: task.is_thread(),
            zombie: event.state == FoundState::ZombieLeader,
            argv: argv.map(|argv| argv.iter().map(Text::new).collect()),
        }
    }
}

impl<'a> Exec<'a> {
    pub(super) fn of(task: &Task, event: &ExecEvent, argv: Option<&'a [OsString]>) -> Exec<'a> {
        Exec {
            who: Who::of(task),
            path: event.path().map(OwnedText),
            exe: event.exe().map(|path| OwnedText(path.into_os_string())),
            cwd: event.cwd().map(|path| OwnedText(path.into_os_string())),
            argv: argv.map(|argv| argv.iter().map(Text::new).collect()),
            old_tid: event.old_tid.map(Tid::as_raw),
        }
    }
}

impl Change {
    pub(super) fn of(task: &Task, old: Ids, new: Ids) -> Change {
        Change { who: Who::of(task), old: old.into(), new: new.into() }
    }
}

impl Creds {
    pub(super) fn of(task: &Task, event: &CredsEvent) -> Creds {
        Creds { who: Who::of(task), change: event.change.name() }
    }
}

impl GroupDead {
    pub(super) fn of(task: &Task, event: &GroupDeadEvent) -> GroupDead {
        GroupDead { who: Who::of(task), status: event.status.into() }
    }
}

impl Exit {
    pub(super) fn of(task: &Task, event: &ExitEvent) -> Exit {
        Exit { who: Who::of(task), status: event.status.into(), late: event.late }
    }
}

impl From<Refused> for Denied {
    fn from(refused: Refused) -> Denied {
        Denied { errno: refused.errno.to_string(), watcher: refused.watcher }
    }
}

impl From<Ids> for IdSet {
    fn from(ids: Ids) -> IdSet {
        IdSet { real: ids.real, effective: ids.effective, saved: ids.saved, fs: ids.fs }
    }
}

impl From<ExitStatus> for Status {
    fn from(status: ExitStatus) -> Status {
        match status.signal() {
            Some(signal) => Status::Killed {
                signal: signal.as_raw(),
                name: signal.to_string(),
                core: status.core_dumped(),
            },
            None => Status::Exited { code: status.code().unwrap_or_default() },
        }
    }
}

impl From<Option<Times>> for Used {
    fn from(times: Option<Times>) -> Used {
        Used {
            utime_us: times.map(|times| micros(times.utime)),
            stime_us: times.map(|times| micros(times.stime)),
            maxrss_kb: times.map(|times| times.maxrss_kib),
        }
    }
}

/// As a number of JSON.
pub(super) fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
