//! [`Selection`]: which watchers of the table take part.

use std::{
    error::Error,
    fmt,
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

use crate::{
    Event, EventKind, EventSet, Outcome, PanicPolicy, TableError, Task, WatcherInfo, dispatch::Walk,
    nearest::nearest, registry::registry,
};

/// The watchers that one supervisor calls: all of the program's, but for some.
///
/// A watcher is named by its function (`audit`), by any end of its path (`net::audit`, `my_watchers::net::audit`) or by its explicit
/// name (`name = "net.audit"`); a name that fits several means all of them, with all their events.
///
/// ```
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
    /// By index in the registry: whether it was named in [`only`](Self::only), if any was.
    only: Option<Box<[bool]>>,
    /// By index in the registry: who does not take part.
    off: Box<[AtomicBool]>,
    /// By kind of event, as bits: whether anybody takes part, and whether anybody does not.
    some: AtomicU32,
    some_off: AtomicU32,
}

impl Selection {
    /// All watchers of the program.
    ///
    /// # Errors
    ///
    /// As [`start`](crate::start), which it does if need be.
    pub fn all() -> Result<Self, TableError> {
        let watchers = registry()?;
        let selection = Self {
            watchers,
            only: None,
            off: watchers.iter().map(|_| AtomicBool::new(false)).collect(),
            some: AtomicU32::new(0),
            some_off: AtomicU32::new(0),
        };
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
        for (watcher, off) in self.watchers.iter().zip(&self.off) {
            if is_called(watcher, name) {
                off.store(true, Relaxed);
            }
        }
        self.count();
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
        for (other, off) in self.watchers.iter().zip(&self.off) {
            if other.is_same_function(watcher) {
                off.store(true, Relaxed);
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
        EventKind::ALL.into_iter().filter(|kind| self.some.load(Relaxed) & bit(*kind) != 0).collect()
    }

    /// Calls the watchers of the event that take part, in order.
    ///
    /// An event that nobody watches costs one load and one branch.
    #[inline]
    pub fn notify(&self, task: &Task, event: Event<'_>, policy: PanicPolicy) -> Outcome {
        if self.some.load(Relaxed) & bit(event.kind()) == 0 {
            return Outcome::default();
        }
        self.notify_some(task, event, policy)
    }

    #[inline(never)]
    fn notify_some(&self, task: &Task, event: Event<'_>, policy: PanicPolicy) -> Outcome {
        let walk = Walk { task, event, policy, disable: |watcher: &WatcherInfo| self.disable(watcher) };
        if self.some_off.load(Relaxed) & bit(event.kind()) == 0 {
            walk.along(|_| true)
        } else {
            walk.along(|index| self.takes_part(index))
        }
    }

    fn takes_part(&self, index: usize) -> bool {
        let off = self.off.get(index).is_none_or(|off| off.load(Relaxed));
        let named = self.only.as_ref().is_none_or(|only| only.get(index).is_some_and(|named| *named));
        named && !off
    }

    /// Finds out again which events have somebody, and which lack somebody.
    fn count(&self) {
        let (mut some, mut some_off) = (0, 0);
        for (index, watcher) in self.watchers.iter().enumerate() {
            match self.takes_part(index) {
                true => some |= bit(watcher.event),
                false => some_off |= bit(watcher.event),
            }
        }
        // In this order: who reads between the two walks along everybody and asks each, or finds nobody to ask.
        self.some_off.store(some_off, Relaxed);
        self.some.store(some, Relaxed);
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

const fn bit(kind: EventKind) -> u32 {
    1 << kind as u32
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
