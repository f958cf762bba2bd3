//! The lines that are about the run, not about a task: `start`, `notice`, `end`.

use serde::Serialize;
use watchers::{Errno, WatcherInfo};

use super::line::{Status, micros};
use super::text::Text;
use crate::report::{self, Completeness, Outcome};

#[derive(Serialize)]
pub(super) struct Start<'a> {
    pub(super) version: &'static str,
    pub(super) argv: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attached: Option<i32>,
    pub(super) cwd: Option<Text<'a>>,
    pub(super) realtime_ns: u64,
    pub(super) hostname: Text<'a>,
    pub(super) supervisor: i32,
    pub(super) watchers: Vec<Watcher>,
}

#[derive(Serialize)]
pub(super) struct Watcher {
    name: &'static str,
    event: &'static str,
}

#[derive(Serialize)]
pub(super) struct Notice<'a> {
    pub(super) what: &'a str,
    pub(super) text: &'a str,
}

#[derive(Serialize)]
pub(super) struct End {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    let_go: Option<bool>,
    totals: Totals,
    complete: bool,
}

#[derive(Serialize)]
struct Failure {
    stage: &'static str,
    errno: Option<String>,
}

#[derive(Serialize)]
struct Totals {
    utime_us: u64,
    stime_us: u64,
    maxrss_kb: u64,
    processes: u64,
    threads: u64,
    failures: u64,
    refused: u64,
}

impl From<&WatcherInfo> for Watcher {
    fn from(watcher: &WatcherInfo) -> Watcher {
        Watcher { name: watcher.name, event: watcher.event.name() }
    }
}

impl From<&report::End> for End {
    fn from(end: &report::End) -> End {
        let (status, error, let_go) = match &end.outcome {
            Outcome::Ended(status) => (Some(Status::from(*status)), None, None),
            Outcome::LetGo => (None, None, Some(true)),
            Outcome::Failed { stage, errno } => {
                (None, Some(Failure { stage, errno: errno.map(|errno: Errno| errno.to_string()) }), None)
            }
        };
        End {
            status,
            error,
            let_go,
            totals: end.totals.into(),
            complete: end.complete == Completeness::Complete,
        }
    }
}

impl From<crate::ledger::Totals> for Totals {
    fn from(totals: crate::ledger::Totals) -> Totals {
        Totals {
            utime_us: micros(totals.user),
            stime_us: micros(totals.system),
            maxrss_kb: totals.max_rss_kib,
            processes: totals.processes,
            threads: totals.threads,
            failures: totals.failures,
            refused: totals.refused,
        }
    }
}
