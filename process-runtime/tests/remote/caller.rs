//! An observer that has every task it can reach make calls, at every event.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};

use process_runtime::{Builder, CallError, Inspect, TaskExt};
use watchers::{Event, EventKind, EventSet, Outcome, Task};

use super::support::{Mode, Run, run_with};

/// By event and who was asked, "the task" or "its parent": what came of it, every kind of answer once.
pub(crate) type Answers = BTreeMap<(&'static str, &'static str), Vec<String>>;

/// Shared with the tracer thread.
#[derive(Clone, Default)]
pub(crate) struct Caller(Arc<Mutex<Answers>>);

impl Caller {
    /// `builder`, with calls at every event of `events`.
    pub(crate) fn join(&self, builder: Builder, events: impl Into<EventSet>) -> Builder {
        let caller = self.clone();
        builder.observe(events, move |task: &Task, event: Event<'_>, _: &Outcome| {
            caller.ask(event.kind(), "the task", task);
            if let Some(parent) = task.parent() {
                caller.ask(event.kind(), "its parent", &parent);
            }
        })
    }

    fn ask(&self, at: EventKind, who: &'static str, task: &Task) {
        let answer = match (task.stopped(), task.tid()) {
            (Some(stopped), Some(tid)) => calls(&stopped, tid.as_raw()),
            _ => "no stop".to_owned(),
        };
        let mut answers = self.0.lock().unwrap();
        let known = answers.entry((at.name(), who)).or_default();
        if !known.contains(&answer) {
            known.push(answer);
        }
    }

    pub(crate) fn answers(&self) -> Answers {
        self.0.lock().unwrap().clone()
    }
}

/// Two calls, one by value and one by reference; both answers must be right.
fn calls(stopped: &Inspect<'_>, tid: i32) -> String {
    match both(stopped, tid) {
        Ok(true) => "right".to_owned(),
        Ok(false) => "wrong".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

fn both(stopped: &Inspect<'_>, tid: i32) -> Result<bool, CallError> {
    let own = stopped.call(libc::SYS_gettid, [0; 6])?;
    let mut limits = [0xa5; 16];
    stopped.call_with(libc::SYS_getrlimit, &mut limits, |address| [7, address, 0, 0, 0, 0])?;
    let soft = u64::from_ne_bytes(limits[..8].try_into().unwrap());
    let hard = u64::from_ne_bytes(limits[8..].try_into().unwrap());
    Ok(own == i64::from(tid) && soft <= hard && soft != 0xa5a5_a5a5_a5a5_a5a5)
}

/// Runs `command` with calls everywhere.
pub(crate) fn called(mode: Mode, command: Command) -> (Run, Answers) {
    let caller = Caller::default();
    let run = run_with(caller.join(mode.builder(), EventSet::ALL), command);
    (run, caller.answers())
}
