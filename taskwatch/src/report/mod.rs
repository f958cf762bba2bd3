//! Reports: what is told of a run, in one of three shapes.
//!
//! In: [`Observation`]s, in the order in which the supervisor handled the events. Out: text on an
//! [`Output`]. Does not: know where observations come from (`recorder.rs` does).

mod jsonl;
mod log;
mod status;
#[cfg(test)]
mod story;
mod tree;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use watchers::{Errno, Event, ExitStatus, Pid, Task, Times, WatcherInfo};

use crate::cli::{Format, Options};
use crate::ledger::Totals;
use crate::output::Output;

/// Something that tells what happens.
pub(crate) trait Report: Send {
    /// The run begins.
    fn start(&mut self, _start: &Start<'_>) {}

    /// A task event.
    fn event(&mut self, seen: &Observation<'_>);

    /// A diagnosis.
    fn notice(&mut self, _notice: &Remark<'_>) {}

    /// The supervisor has nothing to do: a good moment to flush.
    fn idle(&mut self) {}

    /// The run is over. Called once, on every path.
    fn end(&mut self, end: &End);
}

/// The report that `options` ask for, written to `output`.
pub(crate) fn new(options: &Options, output: Output) -> Box<dyn Report> {
    match options.format {
        Format::Tree => Box::new(tree::Tree::new(tree::Detail::of(options), output)),
        Format::Log => Box::new(log::Log::new(output)),
        Format::Jsonl => Box::new(jsonl::Jsonl::new(output)),
    }
}

/// What is known before the command starts.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    /// The command and its arguments; empty where there is none.
    pub(crate) argv: &'a [OsString],
    /// The process that we attach to.
    pub(crate) attached: Option<Pid>,
    /// The directory that it starts in.
    pub(crate) cwd: Option<PathBuf>,
    /// Those that will be called.
    pub(crate) watchers: &'a [WatcherInfo],
}

/// One event of one task, with what was read about it while it could be read.
#[derive(Debug)]
pub(crate) struct Observation<'a> {
    /// The time since the start.
    pub(crate) at: Duration,
    /// The task that the event is about.
    pub(crate) task: &'a Task,
    /// What happened.
    pub(crate) event: Event<'a>,
    /// Who refused the task, in `init`.
    pub(crate) refusal: Option<Refused>,
    /// What is executed, in `exec`; what a leader runs, in `found`.
    pub(crate) argv: Option<Vec<OsString>>,
    /// What the thread group has used, in the `exit` of its last task and the `free` of its leader.
    pub(crate) times: Option<Times>,
    /// What the process is called, in the `exit` of its leader.
    pub(crate) name: Option<String>,
}

/// Who refused a task, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Refused {
    /// What the caller of fork was given.
    pub(crate) errno: Errno,
    /// The name of the watcher.
    pub(crate) watcher: &'static str,
}

/// A diagnosis: one line on stderr, and one in reports that tell things as they happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remark<'a> {
    /// The time since the start.
    pub(crate) at: Duration,
    /// What it is about, for programs.
    pub(crate) what: &'a str,
    /// One sentence, for people.
    pub(crate) text: &'a str,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct End {
    /// The time since the start.
    pub(crate) at: Duration,
    /// What became of the command.
    pub(crate) outcome: Outcome,
    /// Sums over the tree.
    pub(crate) totals: Totals,
    /// Whether the report holds everything.
    pub(crate) complete: Completeness,
}

/// What became of the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran.
    Ended(ExitStatus),
    /// It was let go, and lives on.
    LetGo,
    /// It was not to be, or was lost sight of.
    Failed {
        /// Where it failed: `start`, `fork`, `seize`, `filter`, `exec`, `run`.
        stage: &'static str,
        /// The kernel's reason, where it was the kernel's.
        errno: Option<Errno>,
    },
}

/// Whether a report holds the end of everything that it tells the beginning of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completeness {
    /// It does.
    Complete,
    /// Some tasks were lost sight of.
    Partial,
}
