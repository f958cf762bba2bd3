//! An observer that keeps one life for each task and says what breaks the protocol, at whatever length.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use watchers::{Errno, Event, ExitStatus, FreeEvent, Outcome, Signal, Stillborn, Task, TaskId};

/// Shared with the tracer thread.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<(Mutex<Books>, Condvar)>);

/// Faults beyond these are as good as these.
const MOST_FAULTS: usize = 20;

#[derive(Default)]
struct Books {
    lives: HashMap<TaskId, Life>,
    n_births: usize,
    faults: Vec<String>,
}

/// What was told of one task.
struct Life {
    creator: Option<TaskId>,
    refused: Option<Errno>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// INIT was told.
    Asked,
    /// And CLONE.
    Made,
    /// And EXIT.
    Ended(ExitStatus),
    /// All four were.
    Freed(ExitStatus),
    /// INIT and FREE were.
    Stillborn(Stillborn),
}

impl Ledger {
    /// To be given to `Builder::observe`.
    pub(crate) fn observer(&self) -> impl FnMut(&Task, Event<'_>, &Outcome) + Send + 'static {
        let ledger = self.clone();
        move |task, event, outcome| {
            ledger.lock().enter(task, event, outcome);
            ledger.0.1.notify_all();
        }
    }

    /// Blocks until this many tasks were made.
    pub(crate) fn wait_for_births(&self, n: usize) {
        let few = |books: &mut Books| books.n_births < n;
        drop(self.0.1.wait_while(self.lock(), few).unwrap_or_else(PoisonError::into_inner));
    }

    /// What breaks the protocol, now that nothing more can come.
    pub(crate) fn faults(&self) -> Vec<String> {
        let books = self.lock();
        let is_open = |life: &Life| !matches!(life.stage, Stage::Freed(_) | Stage::Stillborn(_));
        let open = books.lives.iter().filter(|(_, life)| is_open(life));
        let open = open.map(|(id, life)| format!("{id}: {:?}, and no FREE", life.stage));
        books.faults.iter().cloned().chain(open).take(MOST_FAULTS).collect()
    }

    /// How many calls ended in which way, of creators who were not killed and so know it too: `made`, or the
    /// errno that they saw.
    pub(crate) fn answers(&self) -> BTreeMap<String, usize> {
        self.count(|books, life| {
            let is_known = books.end_of(life.creator?)?.signal() != Some(Signal::SIGKILL);
            let errno = match life.stage {
                Stage::Stillborn(Stillborn::Denied) => life.refused,
                Stage::Stillborn(Stillborn::Failed(errno)) => Some(errno),
                Stage::Stillborn(_) => return None,
                _ => return is_known.then(|| "made".to_owned()),
            };
            is_known.then(|| errno.map_or("denied without an errno".to_owned(), |errno| errno.to_string()))
        })
    }

    /// How many lives ended in which way.
    pub(crate) fn ends(&self) -> BTreeMap<String, usize> {
        self.count(|_, life| match life.stage {
            Stage::Stillborn(Stillborn::Failed(_)) => Some("failed".to_owned()),
            Stage::Stillborn(cause) => Some(format!("{cause:?}").to_lowercase()),
            Stage::Freed(status) => Some(status.to_string()),
            _ => None,
        })
    }

    fn count(&self, name: impl Fn(&Books, &Life) -> Option<String>) -> BTreeMap<String, usize> {
        let books = self.lock();
        let mut counts = BTreeMap::new();
        for name in books.lives.values().filter_map(|life| name(&books, life)) {
            *counts.entry(name).or_default() += 1;
        }
        counts
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn enter(&mut self, task: &Task, event: Event<'_>, outcome: &Outcome) {
        let life = self.lives.get(&task.id());
        match self.next(life, event, outcome) {
            Some(stage) => {
                self.n_births += usize::from(stage == Stage::Made && life.is_some_and(Life::is_asked));
                let refused = refusal(event, outcome);
                let new = Life { creator: task.parent_id(), refused, stage };
                self.lives.entry(task.id()).or_insert(new).stage = stage;
            }
            None if self.faults.len() < MOST_FAULTS => {
                let stage = life.map(|life| life.stage);
                self.faults.push(format!("{}: {event:?} after {stage:?}", task.id()));
            }
            None => {}
        }
    }

    /// Where a life is after an event; `None` if the event may not come there.
    fn next(&self, life: Option<&Life>, event: Event<'_>, outcome: &Outcome) -> Option<Stage> {
        if !matches!(event, Event::Init(_)) && outcome.refusal().is_some() {
            return None;
        }
        match (life.map(|life| life.stage), event) {
            (None, Event::Init(_)) => Some(Stage::Asked),
            (Some(Stage::Asked), Event::Clone(_)) if life?.refused.is_none() => Some(Stage::Made),
            (Some(Stage::Asked), Event::Free(free)) => stillborn(life?, free),
            (Some(Stage::Made), Event::Exec(_) | Event::Uid(_) | Event::Gid(_) | Event::Creds(_)) => {
                Some(Stage::Made)
            }
            (Some(Stage::Made), Event::Exit(exit)) => Some(Stage::Ended(exit.status)),
            (Some(Stage::Ended(_)), Event::Free(free)) => freed(free),
            (Some(stage @ Stage::Freed(_)), Event::GroupDead(_)) => Some(stage),
            _ => None,
        }
    }

    fn end_of(&self, task: TaskId) -> Option<ExitStatus> {
        match self.lives.get(&task)?.stage {
            Stage::Freed(status) => Some(status),
            _ => None,
        }
    }
}

impl Life {
    fn is_asked(&self) -> bool {
        self.stage == Stage::Asked
    }
}

/// A refusal that holds: a late INIT comes after the kernel has acted.
fn refusal(event: Event<'_>, outcome: &Outcome) -> Option<Errno> {
    match event {
        Event::Init(init) if !init.late => outcome.refusal().map(|refusal| refusal.errno),
        _ => None,
    }
}

fn stillborn(life: &Life, free: &FreeEvent) -> Option<Stage> {
    let cause = free.stillborn.filter(|_| free.status.is_none())?;
    let as_asked = (cause == Stillborn::Denied) == life.refused.is_some();
    as_asked.then_some(Stage::Stillborn(cause))
}

fn freed(free: &FreeEvent) -> Option<Stage> {
    free.status.filter(|_| free.stillborn.is_none()).map(Stage::Freed)
}
