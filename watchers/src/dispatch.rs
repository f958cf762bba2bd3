//! Dispatch: from an event to the watchers in the sealed table, and back with what they said.
//!
//! *In*: a task and an event. *Out*: a [`Verdict`] or, for a supervisor, an [`Outcome`]. Nothing is allocated and no lock taken
//! unless a watcher panics. Who takes part is [`Selection`](crate::Selection)'s matter.

use std::ops::ControlFlow;

use crate::{
    Errno, Event, EventKind, Task, Verdict, WatcherInfo,
    private::{PANICKED, keep_message, take_message},
    registry::{registry, start},
    table,
};

/// Calls every watcher of the event, in order; what they say is the verdict.
///
/// For tests of watchers and for other sources of events: a supervisor has a [`Selection`](crate::Selection). The first refusal's errno
/// is the verdict's; a refusal does not keep the others from being called unless it stops the walk. A watcher that panics is passed
/// over. Only `init` can be refused.
///
/// ```
/// use watchers::{CloneFlags, Errno, InitEvent, Task, notify, task_watcher};
///
/// #[task_watcher(init)]
/// fn nobody(_: &Task) -> Result<(), Errno> {
///     Err(Errno::EAGAIN)
/// }
///
/// let verdict = notify(&Task::builder().build(), (&InitEvent::new(CloneFlags::FORK)).into());
/// assert_eq!(verdict.errno(), Some(Errno::EAGAIN));
/// ```
///
/// # Panics
///
/// If the tables of the program are in error and nobody has called [`start`] to be told.
#[inline]
pub fn notify(task: &Task, event: Event<'_>) -> Verdict {
    if table::is_empty(event.kind()) {
        return Verdict::GO;
    }
    notify_all(task, event)
}

#[inline(never)]
#[expect(clippy::panic, reason = "documented; there is no watcher to ask and no verdict to give")]
fn notify_all(task: &Task, event: Event<'_>) -> Verdict {
    if !table::is_sealed()
        && let Err(error) = start()
    {
        panic!("{error}");
    }
    let mut verdict = Verdict::GO;
    table::walk(
        task,
        event,
        |_| (),
        |_| true,
        |_, answer| {
            if answer == PANICKED || event.kind() != EventKind::Init {
                return ControlFlow::Continue(());
            }
            add(&mut verdict, Verdict::from_raw(answer))
        },
    );
    verdict
}

/// Adds a watcher's answer: the first errno stays.
fn add(verdict: &mut Verdict, answer: Verdict) -> ControlFlow<()> {
    let Some(errno) = verdict.errno().or(answer.errno()) else { return ControlFlow::Continue(()) };
    if answer.stops_walk() {
        *verdict = Verdict::stop(errno);
        return ControlFlow::Break(());
    }
    *verdict = Verdict::deny(errno);
    ControlFlow::Continue(())
}

/// What becomes of a task whose watcher panics.
///
/// Whatever it is, the panic is in [`Outcome::panics`], and the watchers behind are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PanicPolicy {
    /// Nothing more.
    #[default]
    Ignore,
    /// The watcher is not called any more, for none of its events.
    Disable,
    /// The fork is refused with `EPERM`. In the other events there is nothing to refuse.
    Deny,
    /// [`Outcome::fatal`] is true: the supervisor kills the tree.
    KillTree,
}

/// What the watchers of one event said.
#[derive(Debug, Default)]
#[non_exhaustive]
#[must_use]
pub struct Outcome {
    /// The first refusal; only `init` has one.
    pub refusal: Option<Refusal>,
    /// The watchers that panicked.
    pub panics: Vec<Panicked>,
    fatal: bool,
}

/// Who refused a fork, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// What the caller of fork(2) gets.
    pub errno: Errno,
    /// The watcher that said so first.
    pub watcher: &'static WatcherInfo,
}

/// A watcher that panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Panicked {
    /// The watcher.
    pub watcher: &'static WatcherInfo,
    /// What it panicked with.
    pub message: String,
}

impl Outcome {
    /// Whether the task may be made.
    pub fn verdict(&self) -> Verdict {
        self.refusal.map_or(Verdict::GO, |refusal| Verdict::deny(refusal.errno))
    }

    /// Whether a watcher has panicked under [`PanicPolicy::KillTree`].
    pub fn fatal(&self) -> bool {
        self.fatal
    }

    fn refuse(&mut self, watcher: &'static WatcherInfo, errno: Errno) {
        self.refusal.get_or_insert(Refusal { errno, watcher });
    }
}

/// One event on its way along the watchers that take part.
pub(crate) struct Walk<'a, D: Fn(&WatcherInfo)> {
    pub(crate) task: &'a Task,
    pub(crate) event: Event<'a>,
    pub(crate) policy: PanicPolicy,
    /// What [`PanicPolicy::Disable`] does.
    pub(crate) disable: D,
}

impl<D: Fn(&WatcherInfo)> Walk<'_, D> {
    /// Calls those that `takes_part` lets, by their index in the registry.
    #[inline]
    pub(crate) fn along(&self, takes_part: impl Fn(usize) -> bool) -> Outcome {
        let mut outcome = Outcome::default();
        table::walk(self.task, self.event, keep_message, takes_part, |index, answer| {
            self.hear(&mut outcome, index, answer)
        });
        outcome
    }

    /// A watcher said something else than to go on.
    #[cold]
    fn hear(&self, outcome: &mut Outcome, index: usize, answer: i32) -> ControlFlow<()> {
        let watcher = registry().ok().and_then(|watchers| watchers.get(index));
        let Some(watcher) = watcher else { return ControlFlow::Continue(()) };
        let init = self.event.kind() == EventKind::Init;
        if answer == PANICKED {
            outcome.panics.push(Panicked { watcher, message: take_message() });
            match self.policy {
                PanicPolicy::Ignore => {}
                PanicPolicy::Disable => (self.disable)(watcher),
                PanicPolicy::Deny if init => outcome.refuse(watcher, Errno::EPERM),
                PanicPolicy::Deny => {}
                PanicPolicy::KillTree => outcome.fatal = true,
            }
            return ControlFlow::Continue(());
        }
        let verdict = Verdict::from_raw(answer);
        match verdict.errno() {
            Some(errno) if init => outcome.refuse(watcher, errno),
            _ => return ControlFlow::Continue(()),
        }
        if verdict.stops_walk() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
