//! The registry: every watcher of the program, checked and sorted once.
//!
//! *In*: the registrations that the gatherer found. *Out*: [`registry`] for people, the sealed page for dispatch, and a place for each
//! slot of task data. What can be wrong with them is [`TableError`].

use std::{cmp::Ordering, fmt, sync::OnceLock};

use crate::{
    EventKind, TableError, check, data,
    gather::{self, Registered},
    image::{DATA, Registration},
    linked::{self, Thunk},
    table,
};

/// One watcher of one event: what it is called and where it is written.
///
/// A function that watches several events has one of these for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WatcherInfo {
    /// The explicit name, or the function's.
    pub name: &'static str,
    /// The function's name.
    pub function: &'static str,
    /// What it watches.
    pub event: EventKind,
    /// `order = N`; smaller is called earlier.
    pub order: i32,
    /// The package that it comes from.
    pub krate: &'static str,
    /// That package's version.
    pub version: &'static str,
    /// The path of the module that the function is in, from the crate's root.
    pub module: &'static str,
    /// The file, as the compiler was told.
    pub file: &'static str,
    /// The line of the function's name.
    pub line: u32,
    pub(crate) column: u32,
}

impl WatcherInfo {
    /// `module::function`.
    pub fn path(&self) -> String {
        format!("{}::{}", self.module, self.function)
    }

    /// Whether this is the same function, watching another event perhaps.
    pub(crate) fn is_same_function(&self, other: &Self) -> bool {
        Self { event: other.event, order: other.order, name: other.name, ..*self } == *other
    }

    pub(crate) fn new(event: EventKind, registration: &Registered) -> Self {
        let place = registration.place;
        Self {
            name: place.name,
            function: place.function,
            event,
            order: registration.order,
            krate: place.package.unwrap_or_default(),
            version: place.version.unwrap_or_default(),
            module: place.module,
            file: place.file,
            line: place.line,
            column: place.column,
        }
    }
}

impl fmt::Display for WatcherInfo {
    /// Name, package with version, and the place: `audit (my-watchers 0.1.0, src/lib.rs:12)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {}, {}:{})", self.name, self.krate, self.version, self.file, self.line)
    }
}

/// Checks, sorts and seals the tables of this program; done once, whoever calls it and however often.
///
/// The first event does it as well; called at the start of `main`, its errors can be handled.
///
/// # Errors
///
/// The same each time: see [`TableError`].
pub fn start() -> Result<(), TableError> {
    registry().map(drop)
}

/// Every watcher of this program, sorted by event and then in the order in which they are called.
///
/// That order is total and the same in every build of the same sources: `order = N`, then package, module, line, name. The
/// linker has no say.
///
/// # Errors
///
/// As [`start`], which it does if need be.
pub fn registry() -> Result<&'static [WatcherInfo], TableError> {
    started().map(|registry| registry.watchers)
}

/// The watchers, and in the same order where they are in memory.
#[derive(Clone, Copy)]
struct Registry {
    watchers: &'static [WatcherInfo],
    at: &'static [InMemory],
}

/// The addresses of a watcher's record and of its place. By the latter a thunk says who it is.
#[derive(Clone, Copy)]
struct InMemory {
    record: usize,
    place: usize,
}

fn started() -> Result<Registry, TableError> {
    static REGISTRY: OnceLock<Result<Registry, TableError>> = OnceLock::new();
    REGISTRY.get_or_init(build).clone()
}

/// The index in the registry of the event's watcher that was registered at this place.
pub(crate) fn index_at(kind: EventKind, place: usize) -> Option<usize> {
    let Registry { watchers, at } = started().ok()?;
    let mut both = watchers.iter().zip(at);
    both.position(|(watcher, at)| at.place == place && watcher.event == kind)
}

/// The addresses of the watcher's record, of its place and of its entry on the sealed page.
pub(crate) fn addresses(watcher: &WatcherInfo) -> Option<[usize; 3]> {
    let Registry { watchers, at } = started().ok()?;
    let index = watchers.iter().position(|other| other == watcher)?;
    let InMemory { record, place } = *at.get(index)?;
    let nth = index.checked_sub(table::base(watcher.event))?;
    Some([record, place, table::entry_address(watcher.event, nth)])
}

fn build() -> Result<Registry, TableError> {
    let mut found = gather::registrations().map_err(|garbled| TableError::Garbled { what: garbled.0 })?;
    found.sort_by(total_order);

    let watching = found.iter().filter_map(|one| Some((EventKind::ALL.into_iter().nth(one.table)?, one)));
    let watchers: Vec<WatcherInfo> =
        watching.clone().map(|(kind, one)| WatcherInfo::new(kind, one)).collect();
    check::no_duplicates(&watchers)?;
    check::all_expected(&found)?;

    let thunks =
        |table: usize| found.iter().filter(move |one| one.table == table).filter_map(|one| one.thunk);
    let table: Vec<Vec<Thunk>> =
        EventKind::ALL.into_iter().map(|kind| thunks(kind as usize).collect()).collect();
    table::seal(&table).map_err(|errno| TableError::Seal { errno })?;
    data::place_slots(thunks(DATA).map(linked::slot).collect());

    let in_memory = |one: &Registered| InMemory { record: one.at.0 as usize, place: one.at.1 as usize };
    let at: Vec<InMemory> = watching.map(|(_, one)| in_memory(one)).collect();
    Ok(Registry { watchers: watchers.leak(), at: at.leak() })
}

/// `order = N`, then package, module, line, name; the rest only so that nothing is left to the linker.
pub(crate) fn total_order<T>(one: &Registration<'_, T>, other: &Registration<'_, T>) -> Ordering {
    fn key<'a, T>(one: &Registration<'a, T>) -> impl Ord + use<'a, T> {
        let place = one.place;
        let written = (place.package, place.module, place.line, place.column, place.name);
        (one.table, one.order, written, place.version, place.file)
    }
    key(one).cmp(&key(other))
}
