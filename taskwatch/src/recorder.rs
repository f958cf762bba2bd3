//! The recorder: where everything that happens in a run comes together.
//!
//! In: events and notices from the tracer thread, remarks of our own. Out: observations, in one order, to the
//! [`Ledger`] and the [`Report`], and notes on stderr.
//!
//! Two locks, never held together: that of the report is held while it is written, which takes as long as its
//! reader likes, and signals must be forwarded all the same.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use process_runtime::Notice;
use watchers::{Event, Outcome, Pid, Task};

use crate::cli::Loudness;
use crate::command_line;
use crate::ledger::{self, Ledger};
use crate::measure;
use crate::note;
use crate::report::{self, Completeness, End, Observation, Refused, Remark, Report, Start};

/// More than this many are not named in a note.
const MOST_NAMED: usize = 5;

/// The shared recorder of a run.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Record>);

struct Record {
    clock: Instant,
    loudness: Loudness,
    has_lost: AtomicBool,
    ledger: Mutex<Ledger>,
    report: Mutex<Box<dyn Report>>,
}

impl Recorder {
    /// Begins the record, and with it the clock.
    pub(crate) fn start(mut report: Box<dyn Report>, loudness: Loudness, start: &Start<'_>) -> Recorder {
        let clock = Instant::now();
        report.start(start);
        Recorder(Arc::new(Record {
            clock,
            loudness,
            has_lost: AtomicBool::new(false),
            ledger: Mutex::default(),
            report: Mutex::new(report),
        }))
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.0.ledger)
    }

    fn report(&self) -> MutexGuard<'_, Box<dyn Report>> {
        lock(&self.0.report)
    }

    /// Takes down an event.
    pub(crate) fn event(&self, task: &Task, event: Event<'_>, outcome: &Outcome) {
        let refusal = outcome.refusal();
        let mut seen = Observation {
            at: self.0.clock.elapsed(),
            task,
            event,
            refusal: refusal.map(|refusal| Refused { errno: refusal.errno, watcher: refusal.watcher.name }),
            argv: None,
            times: None,
            name: None,
        };
        match event {
            Event::Exec(exec) => seen.argv = exec.argv(),
            Event::Found(_) if ledger::is_leader(task) => {
                seen.argv = task.pid().and_then(command_line::of_process);
            }
            _ => {}
        }
        let mut ledger = self.ledger();
        seen.times = ledger.times(task, event);
        ledger.record(&seen);
        if matches!(event, Event::Exit(_)) && ledger::is_leader(task) {
            seen.name = task.pid().and_then(|pid| ledger.name(pid)).map(str::to_owned);
        }
        drop(ledger);
        self.report().event(&seen);
    }

    /// Takes down what the supervisor has to say.
    pub(crate) fn notice(&self, notice: &Notice) {
        let what = match notice {
            Notice::NestedTracer { .. } => "nested_tracer",
            Notice::StrictSeccomp { .. } => "strict_seccomp",
            Notice::SetIdIgnored { .. } => "set_id_ignored",
            Notice::WatcherPanicked { .. }
            | Notice::DataPanicked { .. }
            | Notice::ObserverPanicked { .. } => "panic",
            Notice::Lost { .. } => "lost",
            Notice::LeftOut { .. } => "left_out",
            _ => "other",
        };
        if what == "lost" {
            self.0.has_lost.store(true, Ordering::Relaxed);
        }
        self.remark(what, &notice.to_string());
    }

    /// Takes down what we have to say ourselves, and says it.
    pub(crate) fn remark(&self, what: &str, text: &str) {
        let at = self.0.clock.elapsed();
        self.report().notice(&Remark { at, what, text });
        if self.0.loudness == Loudness::Normal {
            note::say(text);
        }
    }

    /// The supervisor has nothing to do.
    pub(crate) fn idle(&self) {
        self.report().idle();
    }

    /// Ends the report.
    pub(crate) fn end(&self, outcome: report::Outcome) {
        let at = self.0.clock.elapsed();
        let ledger = self.ledger();
        let totals = ledger.totals(at);
        let is_complete = ledger.is_empty() && !self.0.has_lost.load(Ordering::Relaxed);
        drop(ledger);
        let complete = if is_complete { Completeness::Complete } else { Completeness::Partial };
        self.report().end(&End { at, outcome, totals, complete });
    }

    /// Whether `pid` is a process of the tree.
    pub(crate) fn knows(&self, pid: Pid) -> bool {
        self.ledger().name(pid).is_some()
    }

    /// The pids of the processes that live.
    pub(crate) fn living(&self) -> Vec<Pid> {
        self.ledger().living().into_iter().map(|(pid, _)| pid).collect()
    }

    /// `2 processes that outlived the command: sleep 100 (pid 5), dbus-daemon (pid 7)`; `None` if nobody did.
    pub(crate) fn survivors(&self) -> Option<String> {
        let living = self.ledger().living();
        if living.is_empty() {
            return None;
        }
        let named = living.iter().take(MOST_NAMED).map(|(pid, name)| format!("{name} (pid {pid})"));
        let mut names = named.collect::<Vec<_>>().join(", ");
        if let Some(more @ 1..) = living.len().checked_sub(MOST_NAMED) {
            names.push_str(&format!(" and {more} more"));
        }
        let n = measure::count(living.len() as u64, "process", "processes");
        Some(format!("{n} that outlived the command: {names}"))
    }
}

/// A panic while a lock was held leaves the record no worse than incomplete.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}
