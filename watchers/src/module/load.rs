//! [`Module`]: a shared library with watchers, loaded.
//!
//! The file is read first: what it is, and whether it was built for us, is known before anything of it runs. Then it is opened, and
//! read once more in memory, from where its functions are taken.
//!
//! # Alternatives
//!
//! 1. An exported function that returns the table: it must be called to find out whether it may be called.
//! 2. A constructor that registers: it runs before anybody could refuse it, and has to find the host.
//! 3. A counter of running calls that the unload waits for: the supervisor calls its watchers on one thread only, and there it unloads.

use std::{
    any::Any,
    ffi::CString,
    fmt, fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

use super::{
    ModuleError,
    known::{self, FileIdentity},
    meant, names,
};
use crate::{
    Event, EventKind, ObjectError, Slot, WatcherInfo, abi, check, data,
    elf::Elf,
    image::{DATA, Image, Registration, find_note, registrations, registrations_in_notes},
    linked::{self, Identity, Library, Thunk},
    note::{Note, Unread},
    object::read_file,
    places::PLACES,
    registry::total_order,
    table::{ModuleTable, Watched},
};

/// A shared library with watchers, made by `crate-type = ["cdylib"]` and nothing else, that has been loaded.
///
/// It takes part where a [`Selection`](crate::Selection) has it. Clones are the same module; it goes with the last of them.
///
/// ```no_run
/// use watchers::{Module, Selection};
///
/// let mut selection = Selection::all()?;
/// selection.load(Module::load("target/release/libaudit.so".as_ref())?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What it has in common with the program is the C library and the memory allocator, which must be the same in both: so it is unless one
/// of them declares a `#[global_allocator]`. Its statics, also those of crates that the program has too, are its own.
///
/// # Types
///
/// A module is refused unless its `watchers` has been compiled by the same compiler, for the same target, from the same sources. Nobody
/// checks other crates: a type that module and program hand each other (`Builder::data` and [`Task::data`](crate::Task::data)) is one type
/// where its package, version and features are, and a crate that is a dependency by path keeps all these while its sources change. Build
/// both from the same sources, or hand over types of the standard library.
///
/// # Unloading
///
/// When a module is [unloaded](Self::unload), its watchers are not called any more and its task data has been dropped. It cannot be seen
/// what else leads into it; a module that is to be unloaded must not
///
/// * put what is its own into data of the program: a `&'static str` or another reference to its statics, a function, a boxed trait object
///   of a type of its own. All of these lead nowhere when it is unmapped, and are not noticed;
/// * leave a thread running, or a signal handler or other callback installed.
///
/// Its statics are not dropped, as those of a program are not: what they own on the heap stays allocated each time.
#[derive(Clone)]
pub struct Module {
    pub(super) loaded: Arc<Loaded>,
    /// The path that it was loaded by, as [`meant::name`] has it.
    name: PathBuf,
}

/// The module, while anybody has it.
pub(super) struct Loaded {
    path: PathBuf,
    watchers: Vec<&'static WatcherInfo>,
    /// Where each watcher's place is in memory: by it a thunk says who it is.
    places: Vec<usize>,
    slots: Vec<(u32, &'static dyn Slot)>,
    table: ModuleTable,
    library: Library,
}

impl Module {
    /// Loads the module in this file; its constructors run.
    ///
    /// Loaded a second time while it is there, it is the same module.
    ///
    /// # Errors
    ///
    /// See [`ModuleError`]: nothing is loaded then. Of a file that is wrong, nothing has run.
    pub fn load(path: &Path) -> Result<Self, ModuleError> {
        crate::start()?;
        let name = meant::name(path);
        let path = fs::canonicalize(path)?;
        let file = examine(&path)?;
        let file_name = CString::new(path.as_os_str().as_bytes())
            .map_err(|_| ModuleError::Object(ObjectError::NotElf))?;
        let mut known = known::lock();
        known.forget_the_gone();
        let library = Library::open(&file_name).map_err(|message| ModuleError::Open { message })?;
        let identity = library.identity();
        if let Some(loaded) = known.find(identity, file)? {
            return Ok(Self { loaded, name });
        }
        let loaded = Loaded::new(path, library)?;
        known.add(identity, file, &loaded);
        Ok(Self { loaded, name })
    }

    /// Its file, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.loaded.path
    }

    /// The path that it was loaded by, as [`meant::name`] has it.
    pub(super) fn name(&self) -> &Path {
        &self.name
    }

    /// Its watchers, sorted as [`registry`](crate::registry) sorts.
    pub fn watchers(&self) -> &[&'static WatcherInfo] {
        &self.loaded.watchers
    }

    /// The addresses where its watchers were made, in their order.
    pub(crate) fn places(&self) -> &[usize] {
        &self.loaded.places
    }

    /// Who of it watches this event.
    pub(crate) fn watched<'a>(&'a self, event: Event<'a>) -> Watched<'a> {
        self.loaded.table.watched(event)
    }

    /// Makes the values of its task data for a task that has none of them.
    pub(crate) fn make_values(&self, task: &crate::Task) {
        data::make_each(task, &self.loaded.slots);
    }

    /// The indices of its task data.
    pub(crate) fn indices(&self) -> impl Iterator<Item = u32> {
        self.loaded.slots.iter().map(|(index, _)| *index)
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.loaded, &other.loaded)
    }

    /// The address of its table, for tests that try to write there.
    #[doc(hidden)]
    pub fn table_address(&self) -> usize {
        self.loaded.table.address()
    }
}

/// Whether the file may be opened; which one it is.
fn examine(path: &Path) -> Result<FileIdentity, ModuleError> {
    let (bytes, file) = read_file(path)?;
    let elf = Elf::parse(&bytes)?;
    elf.check_loadable()?;
    if !elf.is_whole() {
        return Err(ObjectError::Garbled { what: "it is cut off" }.into());
    }
    let note = note_of(&elf)?;
    let found = registrations(&elf, &note).map_err(garbled)?;
    if found.iter().all(|one| one.table >= DATA) {
        return Err(ObjectError::NoWatchers.into());
    }
    Ok(FileIdentity::from(&file))
}

/// The note of an object that was built for us.
fn note_of<'a>(object: &impl Image<'a>) -> Result<Note, ModuleError> {
    match find_note(object) {
        Ok(note) if note.abi == abi::TAG => Ok(note),
        Ok(note) => Err(ModuleError::Abi { module: note.abi, host: abi::TAG }),
        Err(Unread::Format(format)) => Err(ObjectError::Format { format }.into()),
        Err(Unread::Absent) => match registrations_in_notes(object) {
            Ok(found) if !found.is_empty() => Err(ModuleError::Gatherer),
            _ => Err(ObjectError::NoWatchers.into()),
        },
    }
}

fn garbled(garbled: crate::image::Garbled) -> ModuleError {
    ObjectError::Garbled { what: garbled.0 }.into()
}

impl Loaded {
    fn new(path: PathBuf, library: Library) -> Result<Arc<Self>, ModuleError> {
        let image = library.image();
        // Once more: the file may have been replaced in between.
        let mut found = registrations(&image, &note_of(&image)?).map_err(garbled)?;
        found.sort_by(total_order);
        let kept: Vec<Registration<'static, Thunk>> = found.iter().map(kept).collect();
        check::all_expected(&kept)?;
        let watching = kept.iter().filter_map(|one| Some((EventKind::ALL.into_iter().nth(one.table)?, one)));
        let watchers = watching.clone().map(|(kind, one)| names::watcher(&WatcherInfo::new(kind, one)));
        let watchers: Vec<_> = watchers.collect();
        let places = watching.map(|(_, one)| one.at.1 as usize).collect();

        let thunks =
            |table: usize| kept.iter().filter(move |one| one.table == table).filter_map(|one| one.thunk);
        let table: Vec<Vec<Thunk>> =
            EventKind::ALL.into_iter().map(|kind| thunks(kind as usize).collect()).collect();
        let table = ModuleTable::seal(&table).map_err(|errno| ModuleError::Seal { errno })?;
        let statics: Vec<&'static dyn Slot> = thunks(DATA).map(linked::slot).collect();
        Ok(Arc::new_cyclic(|module: &Weak<Self>| {
            let owner: Weak<dyn Any + Send + Sync> = module.clone();
            let settle = |slot: &'static dyn Slot| {
                let index = PLACES.lend(owner.clone());
                slot.settle(index);
                (index, slot)
            };
            let slots = statics.into_iter().map(settle).collect();
            Self { path, watchers, places, slots, table, library }
        }))
    }

    /// What it is to the loader.
    pub(super) fn library(&self) -> Identity {
        self.library.identity()
    }
}

/// The registration with texts that stay when the module goes.
fn kept(one: &Registration<'_, Thunk>) -> Registration<'static, Thunk> {
    let Registration { table, thunk, order, at, .. } = *one;
    Registration { table, thunk, order, place: names::kept(one.place), at }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // Whoever loads it at this moment gets indices of its own; these have no values any more, each of which kept the module.
        self.slots.iter().for_each(|(index, _)| PLACES.give_back(*index));
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loaded { path, watchers, .. } = &*self.loaded;
        f.debug_struct("Module").field("path", path).field("watchers", &watchers.len()).finish()
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("path", &self.path).finish_non_exhaustive()
    }
}
