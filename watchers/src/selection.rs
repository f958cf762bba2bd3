//! [`Selection`]: which watchers of the table take part.

use std::{
    error::Error,
    fmt,
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

use crate::{
    Errno, Event, EventKind, EventSet, Outcome, PanicPolicy, Panicked, Refusal, TableError, Task,
    WatcherInfo,
    dispatch::Refused,
    nearest::nearest,
    private::{Panics, Report},
    registry::{registry, watcher_at},
    table::{self, Watched},
};

/// The watchers that one supervisor calls: all of the program's, but for some.
///
/// A watcher is named by its function (`audit`), by any end of its path (`net::audit`, `my_watchers::net::audit`) or by its explicit
/// name (`name = "net.audit"`); a name that fits several means all of them, with all their events.
///
/// ```standalone_crate
/// use watchers::{Selection, Task, task_watcher};
///
/// #[task_watcher(exec)]
/// fn audit(_: &Task) {}
///
/// let selection = Selection::all()?.without("audit")?;
/// assert!(selection.events().is_empty());
///
/// let error = Selection::all()?.only("audti").unwrap_err();
/// assert_eq!(error.nearest.as_deref(), Some("audit"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Selection {
    watchers: &'static [WatcherInfo],
    /// By index in the registry: who was named in [`only`](Self::only), if anybody was.
    only: Option<Box<[bool]>>,
    /// By index in the registry: who was taken away.
    without: Box<[AtomicBool]>,
    /// By index in the registry: who, from these two, does not take part.
    off: Box<[AtomicBool]>,
    /// Two bits for each kind of event: [`NOBODY`] takes part, [`EVERYBODY`] does, or [`SOME`] do.
    shares: AtomicU32,
}

const NOBODY: u32 = 0;
const EVERYBODY: u32 = 1;
const SOME: u32 = 2;

impl Selection {
    /// All watchers of the program.
    ///
    /// # Errors
    ///
    /// As [`start`](crate::start), which it does if need be.
    pub fn all() -> Result<Self, TableError> {
        let watchers = registry()?;
        let nobody = || watchers.iter().map(|_| AtomicBool::new(false)).collect();
        let selection =
            Self { watchers, only: None, without: nobody(), off: nobody(), shares: AtomicU32::new(0) };
        selection.count();
        Ok(selection)
    }

    /// All but the watchers of this name.
    ///
    /// # Errors
    ///
    /// If no watcher has the name.
    pub fn without(self, name: &str) -> Result<Self, UnknownWatcher> {
        self.check(name)?;
        self.take_away(|watcher| is_called(watcher, name));
        Ok(self)
    }

    /// None but the watchers of this name and of the names in further calls.
    ///
    /// What was taken away by [`without`](Self::without) does not come back.
    ///
    /// # Errors
    ///
    /// If no watcher has the name.
    pub fn only(mut self, name: &str) -> Result<Self, UnknownWatcher> {
        self.check(name)?;
        let only = self.only.get_or_insert_with(|| vec![false; self.watchers.len()].into());
        for (watcher, named) in self.watchers.iter().zip(only) {
            *named |= is_called(watcher, name);
        }
        self.count();
        Ok(self)
    }

    /// Takes the watcher away, for all its events; from any thread, also while it is being called.
    pub fn disable(&self, watcher: &WatcherInfo) {
        self.take_away(|other| other.is_same_function(watcher));
    }

    fn take_away(&self, is_meant: impl Fn(&WatcherInfo) -> bool) {
        for (watcher, without) in self.watchers.iter().zip(&self.without) {
            if is_meant(watcher) {
                without.store(true, Relaxed);
            }
        }
        self.count();
    }

    /// The watchers that take part, as in the registry.
    pub fn watchers(&self) -> impl Iterator<Item = &'static WatcherInfo> {
        self.watchers
            .iter()
            .enumerate()
            .filter(|(index, _)| self.takes_part(*index))
            .map(|(_, watcher)| watcher)
    }

    /// The events that anybody watches.
    pub fn events(&self) -> EventSet {
        EventKind::ALL.into_iter().filter(|kind| self.share(*kind) != NOBODY).collect()
    }

    /// Calls the watchers of the event that take part, in order.
    ///
    /// An event that nobody watches costs one load and one branch. Nothing is allocated and no lock taken unless a watcher panics.
    #[inline(always)]
    pub fn notify(&self, task: &Task, event: Event<'_>, policy: PanicPolicy) -> Outcome {
        match self.share(event.kind()) {
            NOBODY => Outcome::default(),
            EVERYBODY => self.walk(task, event, policy, |_| true),
            _ => self.notify_some(task, event, policy),
        }
    }

    #[inline(never)]
    fn notify_some(&self, task: &Task, event: Event<'_>, policy: PanicPolicy) -> Outcome {
        let base = table::base(event.kind());
        self.walk(task, event, policy, |nth| self.takes_part(base + nth))
    }

    #[inline]
    fn walk(
        &self,
        task: &Task,
        event: Event<'_>,
        policy: PanicPolicy,
        takes_part: impl Fn(usize) -> bool,
    ) -> Outcome {
        // The table was sealed before there was a selection.
        let Watched::By(walk) = table::watched(event) else { return Outcome::default() };
        let (report, mut refused) = (Report::new(), Refused::default());
        match event.kind() {
            EventKind::Init => walk.ask(task, &report, takes_part, |nth, answer| refused.hear(nth, answer)),
            _ => walk.tell(task, &report, takes_part),
        }
        match report.into_panics() {
            None if refused.first.is_none() => Outcome::default(),
            panics => self.outcome(event.kind(), refused, panics, policy),
        }
    }

    /// The outcome of a walk on which something was said: a refusal, or a panic.
    #[cold]
    fn outcome(
        &self,
        kind: EventKind,
        refused: Refused,
        panics: Option<Box<Panics>>,
        policy: PanicPolicy,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let mut refusal = refused.first.map(|(nth, errno)| (table::base(kind) + nth, errno));
        for (place, message) in panics.map(|panics| panics.0).unwrap_or_default() {
            let Some((index, watcher)) = watcher_at(kind, place) else { continue };
            outcome.panics.push(Panicked { watcher, message });
            match policy {
                PanicPolicy::Disable => self.disable(watcher),
                PanicPolicy::KillTree => outcome.fatal = true,
                // It counts as the first refusal if nobody before it refused.
                PanicPolicy::Deny
                    if kind == EventKind::Init && refusal.is_none_or(|(first, _)| index < first) =>
                {
                    refusal = Some((index, Errno::EPERM));
                }
                PanicPolicy::Deny | PanicPolicy::Ignore => {}
            }
        }
        let refuser = refusal.and_then(|(index, errno)| Some((self.watchers.get(index)?, errno)));
        outcome.refusal = refuser.map(|(watcher, errno)| Refusal { errno, watcher });
        outcome
    }

    #[inline]
    fn takes_part(&self, index: usize) -> bool {
        self.off.get(index).is_some_and(|off| !off.load(Relaxed))
    }

    /// How many watchers of the event take part: one load.
    #[inline]
    fn share(&self, kind: EventKind) -> u32 {
        self.shares.load(Relaxed) >> (2 * kind as u32) & 3
    }

    /// Finds out again who takes part, and how many of each event.
    fn count(&self) {
        for (index, (without, off)) in self.without.iter().zip(&self.off).enumerate() {
            let named = self.only.as_ref().is_none_or(|only| only.get(index).is_some_and(|named| *named));
            off.store(without.load(Relaxed) || !named, Relaxed);
        }
        let share = |kind: EventKind| {
            let all = self.watchers.iter().enumerate().filter(|(_, watcher)| watcher.event == kind);
            let n_all = all.clone().count();
            match all.filter(|(index, _)| self.takes_part(*index)).count() {
                0 => NOBODY,
                n if n == n_all => EVERYBODY,
                _ => SOME,
            }
        };
        let shares = EventKind::ALL.map(|kind| share(kind) << (2 * kind as u32));
        self.shares.store(shares.into_iter().fold(0, |all, one| all | one), Relaxed);
    }

    fn check(&self, name: &str) -> Result<(), UnknownWatcher> {
        if self.watchers.iter().any(|watcher| is_called(watcher, name)) {
            return Ok(());
        }
        let paths: Vec<String> = self.watchers.iter().map(WatcherInfo::path).collect();
        let names = self.watchers.iter().flat_map(|watcher| [watcher.name, watcher.function]);
        let nearest = nearest(name, names.chain(paths.iter().map(String::as_str)));
        Err(UnknownWatcher { name: name.to_owned(), nearest: nearest.map(str::to_owned) })
    }
}

fn is_called(watcher: &WatcherInfo, name: &str) -> bool {
    let path = watcher.path();
    let end_of_path =
        || path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with("::"));
    watcher.name == name || !name.is_empty() && end_of_path()
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.watchers().map(|watcher| (watcher.event, watcher.path()))).finish()
    }
}

/// No watcher of the program has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownWatcher {
    /// The name that was asked for.
    pub name: String,
    /// The name that looks most like it, if there is any watcher.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no watcher is called `{}`", self.name)?;
        match &self.nearest {
            Some(nearest) => write!(f, ": the nearest is `{nearest}`"),
            None => f.write_str(": there are no watchers at all"),
        }
    }
}

impl Error for UnknownWatcher {}
