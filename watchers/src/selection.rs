//! [`Selection`]: which watchers of the table take part.

use std::{
    fmt,
    path::Path,
    rc::Rc,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
};

use crate::{
    EventKind, EventSet, Module, ModuleError, TableError, Task, WatcherInfo,
    check::no_duplicates,
    module::meant,
    naming::{UnknownWatcher, check, is_called},
    tier::Tier,
};

/// The watchers that one supervisor calls: all of the program's, but for some, and those of modules.
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
    /// The program's, and then each module's in the order in which they were loaded.
    pub(crate) tiers: Vec<Tier>,
    /// Whether anybody was named in [`only`](Self::only).
    has_named: bool,
    /// For each kind of event: [`NOBODY`] takes part, the whole [`PROGRAM`] does and nobody else, or it is [`MIXED`].
    shares: [AtomicU8; EventKind::ALL.len()],
    /// Held from a change of who takes part until they are counted: of two at once, the second counts what both have done.
    changing: Mutex<()>,
}

pub(crate) const NOBODY: u8 = 0;
const MIXED: u8 = 1;
/// The greatest: dispatch relies on that.
pub(crate) const PROGRAM: u8 = 2;

impl Selection {
    /// All watchers of the program.
    ///
    /// # Errors
    ///
    /// As [`start`](crate::start), which it does if need be.
    pub fn all() -> Result<Self, TableError> {
        let (tiers, shares) =
            (vec![Tier::of_program()?], [const { AtomicU8::new(NOBODY) }; EventKind::ALL.len()]);
        let selection = Self { tiers, has_named: false, shares, changing: Mutex::new(()) };
        selection.change(|_| ());
        Ok(selection)
    }

    /// All but the watchers of this name.
    ///
    /// # Errors
    ///
    /// If no watcher has the name.
    pub fn without(self, name: &str) -> Result<Self, UnknownWatcher> {
        self.disable_named(name)?;
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
        let is_first = !std::mem::replace(&mut self.has_named, true);
        self.change(|tier| {
            if is_first {
                tier.unname();
            }
            tier.name(|watcher| is_called(watcher, name));
        });
        Ok(self)
    }

    /// Adds a module: its watchers are called after those of the program and of the modules that are there. All of them take part, as
    /// names were said of those that were there.
    ///
    /// Tasks that are made from here on are to be [`furnish`](Self::furnish)ed; others get the module's task data when it is asked for.
    ///
    /// # Errors
    ///
    /// [`ModuleError::Loaded`], and [`ModuleError::Table`] if a watcher of it is there already: linked into the program, or in another
    /// module.
    pub fn load(&mut self, module: Module) -> Result<(), ModuleError> {
        if self.modules().any(|other| other.is(&module)) {
            return Err(ModuleError::Loaded);
        }
        let all = self.tiers.iter().flat_map(Tier::all).chain(module.watchers());
        no_duplicates(&all.map(|watcher| **watcher).collect::<Vec<_>>())?;
        self.tiers.push(Tier::of_module(module));
        self.change(|_| ());
        Ok(())
    }

    /// Takes a module out, and drops its data of these tasks: all that the selection was notified of. The module is `None` if it is
    /// not there. The path is that of its file or the one that it was loaded by, which the file need not have any more.
    ///
    /// Data of a task that somebody else has too stays, and keeps the module. The data that is dropped here is not somebody else: the order
    /// of the tasks does not matter.
    pub fn unload<'t>(
        &mut self,
        path: &Path,
        tasks: impl IntoIterator<Item = &'t mut Rc<Task>>,
    ) -> Option<Module> {
        let module = meant(self.modules(), path)?.clone();
        let is_it = |tier: &Tier| tier.module().is_some_and(|other| other.is(&module));
        let module = self.tiers.remove(self.tiers.iter().position(is_it)?).into_module()?;
        self.change(|_| ());
        module.revoke(tasks.into_iter().collect());
        Some(module)
    }

    /// The modules, in the order in which they were loaded.
    pub fn modules(&self) -> impl Iterator<Item = &Module> + Clone {
        self.tiers.iter().filter_map(Tier::module)
    }

    /// Makes the values of the modules' task data for a task that was just built. (Those of the program's are there.)
    #[inline]
    pub fn furnish(&self, task: &Task) {
        self.modules().for_each(|module| module.make_values(task));
    }

    /// Takes the watcher away, for all its events; from any thread, also while it is being called.
    pub fn disable(&self, watcher: &WatcherInfo) {
        self.change(|tier| tier.take_away(|other| other.is_same_function(watcher)));
    }

    /// Takes the watchers of this name away, for all their events; from any thread, also while they are being called.
    ///
    /// # Errors
    ///
    /// If no watcher has the name.
    pub fn disable_named(&self, name: &str) -> Result<(), UnknownWatcher> {
        self.check(name)?;
        self.change(|tier| tier.take_away(|watcher| is_called(watcher, name)));
        Ok(())
    }

    /// Has the watchers of this name take part, for all their events, whatever was said before; from any thread.
    ///
    /// # Errors
    ///
    /// If no watcher has the name.
    pub fn enable_named(&self, name: &str) -> Result<(), UnknownWatcher> {
        self.check(name)?;
        self.change(|tier| tier.bring_back(|watcher| is_called(watcher, name)));
        Ok(())
    }

    /// The watchers that take part: the program's as in the registry, then each module's.
    pub fn watchers(&self) -> impl Iterator<Item = &'static WatcherInfo> {
        self.tiers.iter().flat_map(Tier::present)
    }

    /// The events that anybody watches.
    pub fn events(&self) -> EventSet {
        EventKind::ALL.into_iter().filter(|kind| self.share(*kind) != NOBODY).collect()
    }

    /// How many watchers of the event take part: one load.
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "there is one for every kind, and the compiler knows it")]
    pub(crate) fn share(&self, kind: EventKind) -> u8 {
        self.shares[kind as usize].load(Relaxed)
    }

    /// Changes who takes part, tier by tier, and counts them again.
    fn change(&self, change: impl Fn(&Tier)) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.tiers.iter().for_each(change);
        self.count();
    }

    /// Finds out who takes part, of each event.
    fn count(&self) {
        let of = |kind: EventKind| move |watcher: &&WatcherInfo| watcher.event == kind;
        let share = |kind: EventKind| {
            let mut counts = self.tiers.iter().map(|tier| tier.present().filter(|one| of(kind)(one)).count());
            let in_program = counts.next().unwrap_or(0);
            let in_modules: usize = counts.sum();
            let program = self.tiers.first().map_or(&[][..], Tier::all);
            match (in_program, in_modules) {
                (0, 0) => NOBODY,
                (n, 0) if n == program.iter().copied().filter(of(kind)).count() => PROGRAM,
                _ => MIXED,
            }
        };
        for (kind, counted) in EventKind::ALL.into_iter().zip(&self.shares) {
            counted.store(share(kind), Relaxed);
        }
    }

    fn check(&self, name: &str) -> Result<(), UnknownWatcher> {
        check(name, &self.tiers.iter().flat_map(Tier::all).copied().collect::<Vec<_>>())
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.watchers().map(|watcher| (watcher.event, watcher.path()))).finish()
    }
}
