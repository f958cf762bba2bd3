//! Dispatch: from an event to the watchers in the sealed table, and back with what they said.
//!
//! *In*: a task and an event. *Out*: a [`Verdict`] or, for a supervisor, an [`Outcome`]. Nothing is allocated and no lock taken
//! unless a watcher panics. Who takes part is [`Selection`](crate::Selection)'s matter.

use std::ops::ControlFlow;

use crate::{
    Errno, Event, Task, Verdict, WatcherInfo,
    private::Report,
    registry::start,
    table::{self, Watched},
};

/// Calls every watcher of the event, in order; what they say is the verdict.
///
/// For tests of watchers and for other sources of events: a supervisor has a [`Selection`](crate::Selection). The first refusal's errno
/// is the verdict's; a refusal does not keep the others from being called unless it stops the walk. A watcher that panics is passed
/// over. Only an `init` that is not late can be refused.
///
/// ```standalone_crate
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
#[inline(always)]
pub fn notify(task: &Task, event: Event<'_>) -> Verdict {
    match table::watched(event) {
        Watched::ByNobody => Verdict::GO,
        Watched::By(walk) => {
            let (report, mut refused) = (Report::deaf(), Refused::default());
            match can_be_refused(event) {
                true => walk.ask(task, &report, |_| true, |nth, answer| refused.hear(nth, answer)),
                false => walk.tell(task, &report, |_| true),
            }
            refused.verdict()
        }
        Watched::Unknown => seal_and_notify(task, event),
    }
}

#[cold]
#[expect(clippy::panic, reason = "documented; there is no watcher to ask and no verdict to give")]
fn seal_and_notify(task: &Task, event: Event<'_>) -> Verdict {
    match start() {
        Ok(()) => notify(task, event),
        Err(error) => panic!("{error}"),
    }
}

/// Whether an answer counts: only `init` has answers, and one that is late comes after the kernel has acted. Then nobody is asked,
/// so nobody can end the walk either.
#[inline]
pub(crate) fn can_be_refused(event: Event<'_>) -> bool {
    matches!(event, Event::Init(init) if !init.late)
}

/// What has been said against a fork during a walk.
#[derive(Clone, Copy, Default)]
pub(crate) struct Refused {
    /// The table that is being walked: the program's is the first.
    pub(crate) table: usize,
    /// Who said so first, as the table and a number counted from 0, and with which errno.
    pub(crate) first: Option<((usize, usize), Errno)>,
    pub(crate) stopped: bool,
}

impl Refused {
    /// Takes in an answer of the watcher with this number.
    #[cold]
    pub(crate) fn hear(&mut self, nth: usize, answer: i32) -> ControlFlow<()> {
        let verdict = Verdict::from_raw(answer);
        let who = (self.table, nth);
        self.first = self.first.or(verdict.errno().map(|errno| (who, errno)));
        self.stopped = verdict.stops_walk();
        if self.stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    #[inline]
    fn verdict(self) -> Verdict {
        match self.first {
            None => Verdict::GO,
            Some((_, errno)) if self.stopped => Verdict::stop(errno),
            Some((_, errno)) => Verdict::deny(errno),
        }
    }
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
///
/// Mostly nothing: then it is one word of zero, and making and dropping it costs as much as that.
#[derive(Debug, Default)]
#[must_use]
pub struct Outcome {
    said: Option<Box<Said>>,
}

#[derive(Debug, Default)]
struct Said {
    refusal: Option<Refusal>,
    panics: Vec<Panicked>,
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
    /// That of a walk on which something was said.
    pub(crate) fn new(refusal: Option<Refusal>, panics: Vec<Panicked>, fatal: bool) -> Self {
        Self { said: Some(Box::new(Said { refusal, panics, fatal })) }
    }

    /// The first refusal; only `init` has one, if it is not late.
    #[inline]
    pub fn refusal(&self) -> Option<Refusal> {
        self.said.as_ref()?.refusal
    }

    /// The watchers that panicked, in the order in which they were called.
    #[inline]
    pub fn panics(&self) -> &[Panicked] {
        self.said.as_ref().map_or(&[], |said| &said.panics)
    }

    /// Whether the task may be made.
    #[inline]
    pub fn verdict(&self) -> Verdict {
        self.refusal().map_or(Verdict::GO, |refusal| Verdict::deny(refusal.errno))
    }

    /// Whether a watcher has panicked under [`PanicPolicy::KillTree`].
    #[inline]
    pub fn fatal(&self) -> bool {
        self.said.as_ref().is_some_and(|said| said.fatal)
    }
}
