//! [`Record`]: one line, field by field.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use watchers::{ExitStatus, Ids};

use crate::text::Text;

/// A line: what happened, when, to whom.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    v: u32,
    #[serde(flatten)]
    what: What,
    realtime_ns: u64,
    supervisor: u32,
    #[serde(flatten)]
    who: Option<Who>,
}

/// Who it is about.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Who {
    pub(crate) task: u64,
    pub(crate) tid: Option<i32>,
    pub(crate) pid: Option<i32>,
    pub(crate) ppid: Option<i32>,
    pub(crate) login: Option<u32>,
    pub(crate) uid: Option<FourIds>,
    pub(crate) gid: Option<FourIds>,
    pub(crate) path: Option<Text>,
}

/// What happened, with the fields of its own.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum What {
    Run { exe: Option<Text>, cwd: Option<Text>, argv: Option<Vec<Text>> },
    Ids { what: &'static str, old: FourIds },
    End { status: Status, started_ns: u64 },
    Failed { cause: &'static str, errno: Option<String> },
    Lost { records: u64 },
}

/// [`Ids`], as a line has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FourIds {
    real: u32,
    effective: u32,
    saved: u32,
    fs: u32,
}

/// How a process ended.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Status {
    Exited {
        code: i32,
    },
    Killed {
        signal: i32,
        name: String,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        core: bool,
    },
    /// Nothing that wait(2) knows.
    Raw {
        raw: i32,
    },
}

impl Record {
    /// A record about nobody.
    pub(crate) fn new(what: What) -> Record {
        Record { v: 1, what, realtime_ns: now(), supervisor: std::process::id(), who: None }
    }

    pub(crate) fn about(who: Who, what: What) -> Record {
        Record { who: Some(who), ..Record::new(what) }
    }
}

/// Nanoseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl From<Ids> for FourIds {
    fn from(ids: Ids) -> FourIds {
        FourIds { real: ids.real, effective: ids.effective, saved: ids.saved, fs: ids.fs }
    }
}

impl From<ExitStatus> for Status {
    fn from(status: ExitStatus) -> Status {
        match (status.code(), status.signal()) {
            (Some(code), _) => Status::Exited { code },
            (_, Some(signal)) => Status::Killed {
                signal: signal.as_raw(),
                name: signal.to_string(),
                core: status.core_dumped(),
            },
            (None, None) => Status::Raw { raw: status.as_raw() },
        }
    }
}
