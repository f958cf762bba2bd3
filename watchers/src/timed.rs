//! Dispatch with a clock: who takes longer than it should.
//!
//! A walk of its own, so that nobody else pays for it.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use crate::{
    Event, Outcome, PanicPolicy, Selection, Task, WatcherInfo,
    dispatch::{Refused, walk_along},
    table::Watched,
};

/// Where a watcher is: its tier's number, and its own.
type Place = (usize, usize);

/// Measures one watcher after the other.
struct Clock {
    patience: Duration,
    /// Who is being called, and since when.
    running: Cell<Option<(Place, Instant)>>,
    slow: RefCell<Vec<(Place, Duration)>>,
}

impl Selection {
    /// As [`notify`](Self::notify); `slow` is told of each watcher that has taken longer than `patience`, when all have
    /// been called.
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    /// use watchers::{CloneFlags, InitEvent, PanicPolicy, Selection, Task, task_watcher};
    ///
    /// #[task_watcher(init)]
    /// fn takes_its_time(_: &Task) {}
    ///
    /// let (selection, task) = (Selection::all()?, Task::builder().build());
    /// let init = InitEvent::new(CloneFlags::FORK);
    /// let mut named = Vec::new();
    /// let mut slow = |watcher: &watchers::WatcherInfo, _| named.push(watcher.name);
    /// let _ = selection.notify_timed(&task, (&init).into(), PanicPolicy::Ignore, Duration::ZERO, &mut slow);
    /// assert_eq!(named, ["takes_its_time"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cold]
    pub fn notify_timed(
        &self,
        task: &Task,
        event: Event<'_>,
        policy: PanicPolicy,
        patience: Duration,
        mut slow: impl FnMut(&'static WatcherInfo, Duration),
    ) -> Outcome {
        let mut refused = Refused::default();
        let clock = Clock { patience, running: Cell::new(None), slow: RefCell::default() };
        for (number, tier) in self.tiers.iter().enumerate() {
            let Watched::By(walk) = tier.watched(event) else { continue };
            refused.table = number;
            let base = tier.base(event.kind());
            walk_along(walk, event, task, &mut refused, |nth| {
                clock.stop();
                let index = base + nth.number();
                let takes_part = tier.takes_part(index);
                if takes_part {
                    clock.start((number, index));
                }
                takes_part
            });
            clock.stop();
            if refused.stopped {
                break;
            }
        }
        for ((tier, index), took) in clock.slow.into_inner() {
            if let Some(watcher) = self.tiers.get(tier).and_then(|tier| tier.all().get(index)) {
                slow(watcher, took);
            }
        }
        self.outcome(event, refused, policy)
    }
}

impl Clock {
    fn start(&self, place: Place) {
        self.running.set(Some((place, Instant::now())));
    }

    /// Whoever was called has returned.
    fn stop(&self) {
        if let Some((place, since)) = self.running.take() {
            let took = since.elapsed();
            if took > self.patience {
                self.slow.borrow_mut().push((place, took));
            }
        }
    }
}
