//! Dispatch: from an event to the watchers in the sealed table, and back with what they said.
//!
//! *In*: a task and an event. *Out*: a [`Verdict`] or, for a supervisor, an [`Outcome`]. Nothing is allocated and no lock taken
//! unless a watcher panics. Who takes part is [`Selection`]'s matter.

use std::ops::ControlFlow;

use crate::{
    Errno, Event, EventKind, Outcome, PanicPolicy, Panicked, Refusal, Selection, Task, Verdict, WatcherInfo,
    private::{Report, anything_was_said, said},
    registry::start,
    selection::{NOBODY, PROGRAM},
    table::{self, Nth, Walk, Watched},
};

/// Calls every watcher of the event, in order; what they say is the verdict.
///
/// For tests of watchers and for other sources of events: a supervisor has a [`Selection`]. The first refusal's errno
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
        Watched::By(walk) if can_be_refused(event) => {
            let mut refused = Refused::default();
            walk.ask(task, Report::LOST, |_| true, |nth, answer| refused.hear(nth, answer));
            refused.verdict()
        }
        Watched::By(walk) => {
            walk.tell(task, Report::LOST, |_| true);
            Verdict::GO
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

impl Selection {
    /// Calls the watchers of the event that take part, in order.
    ///
    /// An event that nobody watches costs one load and one branch. Nothing is allocated and no lock taken unless a watcher panics.
    #[inline(always)]
    pub fn notify(&self, task: &Task, event: Event<'_>, policy: PanicPolicy) -> Outcome {
        // The usual share comes first, by an inequality: of two equalities the compiler would make a switch, in an order of its own.
        let share = self.share(event.kind());
        if share >= PROGRAM {
            self.notify_program(task, event, policy)
        } else if share == NOBODY {
            Outcome::default()
        } else {
            self.notify_each(task, event, policy)
        }
    }

    /// Everybody in the program, and nobody else.
    #[inline(always)]
    fn notify_program(&self, task: &Task, event: Event<'_>, policy: PanicPolicy) -> Outcome {
        if can_be_refused(event) {
            return self.ask_program(task, event, policy);
        }
        // The table was sealed before there was a selection.
        table::walk(event).tell(task, Report::KEPT, |_| true);
        self.outcome(event, Refused::default(), policy)
    }

    /// As [`notify_program`](Self::notify_program), where answers count. Events that are told are many more: this is out of their way.
    #[inline(never)]
    fn ask_program(&self, task: &Task, event: Event<'_>, policy: PanicPolicy) -> Outcome {
        let mut refused = Refused::default();
        table::walk(event).ask(task, Report::KEPT, |_| true, |nth, answer| refused.hear(nth, answer));
        self.outcome(event, refused, policy)
    }

    /// Tier by tier, and one watcher after the other is asked for. "Cold" keeps it out of the way of the usual walk.
    #[cold]
    #[inline(never)]
    fn notify_each(&self, task: &Task, event: Event<'_>, policy: PanicPolicy) -> Outcome {
        let mut refused = Refused::default();
        for (number, tier) in self.tiers.iter().enumerate() {
            let Watched::By(walk) = tier.watched(event) else { continue };
            refused.table = number;
            let base = tier.base(event.kind());
            walk_along(walk, event, task, &mut refused, |nth| tier.takes_part(base + nth.number()));
            if refused.stopped {
                break;
            }
        }
        self.outcome(event, refused, policy)
    }

    #[inline]
    pub(crate) fn outcome(&self, event: Event<'_>, refused: Refused, policy: PanicPolicy) -> Outcome {
        match refused.first.is_none() && !anything_was_said() {
            true => Outcome::default(),
            false => self.explain(event, refused, policy),
        }
    }

    /// The outcome of a walk on which something was said: a refusal, or a panic. Or, in another thread or on a walk around this one, a panic.
    #[cold]
    fn explain(&self, event: Event<'_>, refused: Refused, policy: PanicPolicy) -> Outcome {
        let (kind, mut panicked, mut fatal) = (event.kind(), Vec::new(), false);
        let base = |table: usize| self.tiers.get(table).map_or(0, |tier| tier.base(kind));
        let mut refusal = refused.first.map(|((table, nth), errno)| ((table, base(table) + nth), errno));
        for (place, message) in said(|place| self.watcher_at(kind, place).is_some()) {
            let Some((who, watcher)) = self.watcher_at(kind, place) else { continue };
            panicked.push(Panicked { watcher, message });
            match policy {
                PanicPolicy::Disable => self.disable(watcher),
                PanicPolicy::KillTree => fatal = true,
                // It counts as the first refusal if nobody before it refused.
                PanicPolicy::Deny
                    if can_be_refused(event) && refusal.is_none_or(|(first, _)| who < first) =>
                {
                    refusal = Some((who, Errno::EPERM));
                }
                PanicPolicy::Deny | PanicPolicy::Ignore => {}
            }
        }
        let refuser = |(table, index): (usize, usize)| self.tiers.get(table)?.all().get(index).copied();
        let refusal = refusal.and_then(|(who, errno)| refuser(who).map(|watcher| Refusal { errno, watcher }));
        Outcome::new(refusal, panicked, fatal)
    }

    /// The watcher that was registered at this place, and where it is: its tier's number, and its own.
    fn watcher_at(&self, kind: EventKind, place: usize) -> Option<((usize, usize), &'static WatcherInfo)> {
        self.tiers.iter().enumerate().find_map(|(number, tier)| {
            tier.watcher_at(kind, place).map(|(index, watcher)| ((number, index), watcher))
        })
    }
}

/// Tells or asks the watchers of one table.
#[inline(always)]
pub(crate) fn walk_along<'w>(
    walk: Walk<'w>,
    event: Event<'_>,
    task: &Task,
    refused: &mut Refused,
    takes_part: impl Fn(Nth<'w>) -> bool,
) {
    match can_be_refused(event) {
        true => walk.ask(task, Report::KEPT, takes_part, |nth, answer| refused.hear(nth, answer)),
        false => walk.tell(task, Report::KEPT, takes_part),
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
    first: Option<((usize, usize), Errno)>,
    pub(crate) stopped: bool,
}

impl Refused {
    /// Takes in an answer of this watcher.
    #[cold]
    fn hear(&mut self, nth: Nth<'_>, answer: i32) -> ControlFlow<()> {
        let verdict = Verdict::from_raw(answer);
        let who = (self.table, nth.number());
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
