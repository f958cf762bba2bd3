//! Stage 5: [`Event`] -> watchers, then observers. Nobody else calls user code about events.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use watchers::{DataPanicked, Event, EventSet, Outcome, PanicPolicy, Selection, Task, Tid, data_panics};

use crate::inspect::StopOrigin;
use crate::notice::Notice;
use crate::panicked::message;

/// What is called after the watchers of an event.
pub(crate) type Observe = Box<dyn FnMut(&Task, Event<'_>, &Outcome) + Send>;
/// What is called for a notice.
pub(crate) type OnNotice = Box<dyn FnMut(&Notice) + Send>;
/// What is called when no stop is waiting.
pub(crate) type OnIdle = Box<dyn FnMut() + Send>;

/// Everybody who is told.
pub(crate) struct Audience {
    pub(crate) selection: Selection,
    pub(crate) policy: PanicPolicy,
    pub(crate) observers: Vec<(EventSet, Option<Observe>)>,
    pub(crate) on_notice: Option<OnNotice>,
    pub(crate) on_idle: Option<OnIdle>,
    pub(crate) origin: Rc<StopOrigin>,
    /// A watcher, or a callback of an engine, that takes longer is told of.
    pub(crate) patience: Option<Duration>,
    /// A watcher panicked under [`PanicPolicy::KillTree`].
    pub(crate) fatal: bool,
}

impl Audience {
    /// Tells of an event that has happened, while the tasks of `stopped` can be looked at. Nobody has a vote any more; panics
    /// were reported where they were seen.
    pub(crate) fn tell(&mut self, task: &Task, event: Event<'_>, stopped: [Option<Tid>; 2]) {
        let _ = self.ask(task, event, stopped);
    }

    /// Tells of one event, and what was said to it.
    #[inline(always)]
    pub(crate) fn ask(&mut self, task: &Task, event: Event<'_>, stopped: [Option<Tid>; 2]) -> Outcome {
        self.origin.hold(stopped);
        let outcome = match self.patience {
            None => self.selection.notify(task, event, self.policy),
            Some(patience) => self.time(task, event, patience),
        };
        if !self.observers.is_empty() {
            self.observe(task, event, &outcome);
        }
        self.origin.hold([None; 2]);
        if !outcome.panics().is_empty() {
            self.report_panics(task, &outcome);
        }
        outcome
    }

    /// Tells watchers, and of those that take too long.
    #[cold]
    fn time(&mut self, task: &Task, event: Event<'_>, patience: Duration) -> Outcome {
        let (mut slow, tid) = (Vec::new(), task.tid());
        let outcome = self.selection.notify_timed(task, event, self.policy, patience, |watcher, took| {
            slow.push(Notice::WatcherSlow { watcher, took, tid });
        });
        slow.iter().for_each(|notice| self.notice(notice));
        outcome
    }

    #[inline(never)]
    fn observe(&mut self, task: &Task, event: Event<'_>, outcome: &Outcome) {
        let mut panics = Vec::new();
        let listening = self.observers.iter_mut().filter(|(events, _)| events.contains(event.kind()));
        for (_, observer) in listening {
            let Some(observe) = observer else { continue };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| observe(task, event, outcome))) {
                *observer = None;
                panics.push(Notice::ObserverPanicked { message: message(panic) });
            }
        }
        for notice in panics {
            self.notice(&notice);
        }
    }

    #[cold]
    fn report_panics(&mut self, task: &Task, outcome: &Outcome) {
        for panicked in outcome.panics() {
            self.notice(&Notice::WatcherPanicked {
                watcher: panicked.watcher,
                message: panicked.message.clone(),
                tid: task.tid(),
            });
        }
        self.fatal |= outcome.fatal();
    }

    /// Tells of values of task data that panicked since the last call: they are made and dropped with tasks, between events.
    #[cold]
    pub(crate) fn report_data(&mut self) {
        for DataPanicked { type_name, message, .. } in data_panics() {
            self.notice(&Notice::DataPanicked { type_name, message });
        }
    }

    /// Tells whoever asked that no stop is waiting. One that panics is not called again.
    pub(crate) fn idle(&mut self) {
        if let Some(on_idle) = &mut self.on_idle
            && let Err(panic) = catch_unwind(AssertUnwindSafe(on_idle))
        {
            self.on_idle = None;
            self.notice(&Notice::ObserverPanicked { message: message(panic) });
        }
    }

    /// Tells whoever asked for notices. One that panics is not called again.
    #[cold]
    pub(crate) fn notice(&mut self, notice: &Notice) {
        if let Some(on_notice) = &mut self.on_notice
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| on_notice(notice)))
        {
            // Nobody is left to tell what it said.
            let _ = message(panic);
            self.on_notice = None;
        }
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audience").field("observers", &self.observers.len()).finish_non_exhaustive()
    }
}
