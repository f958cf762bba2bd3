//! [`Tier`]: the watchers of the program, or those of one module, and which of them take part.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use crate::{
    Event, EventKind, Module, TableError, WatcherInfo,
    registry::{self, registry},
    table::{self, Watched},
};

/// The watchers of one table, in its order.
pub(crate) struct Tier {
    module: Option<Module>,
    watchers: Vec<&'static WatcherInfo>,
    /// Why each does not take part: [`AWAY`], [`UNNAMED`], both; or 0, if it does.
    absences: Box<[AtomicU8]>,
}

/// It was taken away.
const AWAY: u8 = 1;
/// Others were named.
const UNNAMED: u8 = 2;

impl Tier {
    /// All watchers of the program.
    pub(crate) fn of_program() -> Result<Self, TableError> {
        Ok(Self::new(None, registry()?.iter().collect()))
    }

    /// All watchers of a module.
    pub(crate) fn of_module(module: Module) -> Self {
        let watchers = module.watchers().to_vec();
        Self::new(Some(module), watchers)
    }

    fn new(module: Option<Module>, watchers: Vec<&'static WatcherInfo>) -> Self {
        let absences = watchers.iter().map(|_| AtomicU8::new(0)).collect();
        Self { module, watchers, absences }
    }

    pub(crate) fn module(&self) -> Option<&Module> {
        self.module.as_ref()
    }

    pub(crate) fn into_module(self) -> Option<Module> {
        self.module
    }

    /// All of them, whether they take part or not.
    pub(crate) fn all(&self) -> &[&'static WatcherInfo] {
        &self.watchers
    }

    /// Those that take part.
    pub(crate) fn present(&self) -> impl Iterator<Item = &'static WatcherInfo> {
        let all = self.watchers.iter().enumerate();
        all.filter(|(index, _)| self.takes_part(*index)).map(|(_, watcher)| *watcher)
    }

    #[inline]
    pub(crate) fn takes_part(&self, index: usize) -> bool {
        self.absences.get(index).is_some_and(|absence| absence.load(Relaxed) == 0)
    }

    /// Who of them watches the event.
    #[inline]
    pub(crate) fn watched<'a>(&'a self, event: Event<'a>) -> Watched<'a> {
        match &self.module {
            None => table::watched(event),
            Some(module) => module.watched(event),
        }
    }

    /// The index of the event's first watcher.
    pub(crate) fn base(&self, kind: EventKind) -> usize {
        self.watchers.partition_point(|watcher| watcher.event < kind)
    }

    /// The watcher of the event that was registered at this place, and its index.
    pub(crate) fn watcher_at(&self, kind: EventKind, place: usize) -> Option<(usize, &'static WatcherInfo)> {
        let index = match &self.module {
            None => registry::index_at(kind, place)?,
            Some(module) => {
                let mut places = module.places().iter().zip(&self.watchers);
                places.position(|(at, watcher)| *at == place && watcher.event == kind)?
            }
        };
        Some((index, self.watchers.get(index)?))
    }

    /// Takes away those that are meant.
    pub(crate) fn take_away(&self, is_meant: impl Fn(&WatcherInfo) -> bool) {
        for absence in self.of(is_meant) {
            absence.fetch_or(AWAY, Relaxed);
        }
    }

    /// Has those that are meant take part, whatever was said before.
    pub(crate) fn bring_back(&self, is_meant: impl Fn(&WatcherInfo) -> bool) {
        self.of(is_meant).for_each(|absence| absence.store(0, Relaxed));
    }

    /// Others are going to be named.
    pub(crate) fn unname(&self) {
        for absence in self.of(|_| true) {
            absence.fetch_or(UNNAMED, Relaxed);
        }
    }

    /// Those that are meant have been named.
    pub(crate) fn name(&self, is_meant: impl Fn(&WatcherInfo) -> bool) {
        for absence in self.of(is_meant) {
            absence.fetch_and(!UNNAMED, Relaxed);
        }
    }

    fn of(&self, is_meant: impl Fn(&WatcherInfo) -> bool) -> impl Iterator<Item = &AtomicU8> {
        let pairs = self.watchers.iter().zip(&self.absences);
        pairs.filter(move |(watcher, _)| is_meant(watcher)).map(|(_, absence)| absence)
    }
}
