//! The tables: found where the linker put them, and sealed on a page that nobody can write to.
//!
//! # Where the records are
//!
//! The macro emits, for each watcher, a record into the section `tw1_<event>` and, once per linked object (program or shared
//! library), a note with the bounds of all these sections. The loader lists the objects of the process; the notes of those that were
//! linked with this copy of the crate lead to the records. Nothing runs before `main`.
//!
//! # Where dispatch looks
//!
//! [`start`](crate::start) checks and sorts the records, and [`seal`] writes the functions, in order, on [`PAGE`]: one row per event
//! and the functions themselves behind the rows. Then the page is made read-only and, where it belongs to the main program
//! and the kernel can, sealed: neither mprotect(2) nor munmap(2) moves it any more.
//!
//! ```text
//! PAGE   rows     init  clone  exec  uid  gid  exit  free    state, number, first index, where its functions are
//!        entries  f0 f1 f2 ...                               or, if they are too many: a mapping of their own, sealed alike
//! ```
//!
//! The rows stand on the page that they describe: a writable pointer to a read-only table would be worth nothing.
//!
//! # Alternatives
//!
//! 1. Dispatch from the link-time records: one indirection more, and link order, which differs from build to build.
//! 2. A `Vec` behind a lock or an atomic pointer: 15 to 40 ns per event, and writable.
//! 3. mprotect(2) of the link-time section itself: it shares its pages with the program's variables.
//! 4. `__start_`/`__stop_` symbols used here: where this crate is a shared library, they would be that library's only.
//!
//! # Safety
//!
//! This is the only file of the crate with `unsafe`. It relies on three things from outside: the loader's list, the macro (a record in
//! the table of an event leads to a function of that event's type), and nobody unloading an object that was linked with this copy.

#![allow(unsafe_code, reason = "reads what the linker made, calls it, and seals pages")]

use std::{
    ffi::{c_int, c_void},
    marker::PhantomData,
    mem,
    ops::ControlFlow,
    ptr, slice,
    sync::atomic::{
        AtomicPtr, AtomicU32,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use crate::{
    Errno, Event, EventKind, Slot, Task,
    image::Image,
    private::{Report, SlotThunk},
};

// ---------------------------------------------------------------------------------------------------------------------
// Linked objects
// ---------------------------------------------------------------------------------------------------------------------

/// A program or shared library in memory that was linked with this copy of the crate.
#[derive(Debug)]
pub(crate) struct Loaded<'a> {
    base: u64,
    segments: &'a [libc::Elf64_Phdr],
}

impl<'a> Loaded<'a> {
    fn of_type(&self, wanted: u32) -> impl Iterator<Item = (u64, &'a libc::Elf64_Phdr)> {
        let base = self.base;
        let segments = self.segments.iter().filter(move |segment| segment.p_type == wanted);
        segments.map(move |segment| (base.wrapping_add(segment.p_vaddr), segment))
    }

    fn contains(&self, address: u64, len: u64, access: u32) -> bool {
        self.of_type(libc::PT_LOAD).any(|(start, segment)| {
            let offset = address.checked_sub(start);
            let fits =
                offset.and_then(|offset| offset.checked_add(len)).is_some_and(|end| end <= segment.p_memsz);
            fits && segment.p_flags & access == access
        })
    }

    /// Whether this object's watchers were linked with this copy of the crate, and not with one in another library.
    #[cfg(gatherer = "section")]
    fn is_ours(&self) -> bool {
        let Ok(note) = crate::image::find_note(self) else { return false };
        if !self.contains(note.home, 1, libc::PF_X) {
            return false;
        }
        // SAFETY: the note says that there is a function of this type, emitted by the macro beside the note; and the address
        // is in code of the object. A made-up note is as good as any other code of the program.
        let home = unsafe { mem::transmute::<*const (), extern "C" fn() -> *const ()>(pointer(note.home)) };
        ptr::eq(home(), self::home())
    }
}

/// A function that a record leads to: a thunk of the record's event, or of a slot of task data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thunk(*const ());

#[cfg(not(gatherer = "section"))]
impl Thunk {
    /// A function that a gatherer was handed by its type.
    pub(crate) fn new(function: *const ()) -> Self {
        Self(function)
    }
}

impl<'a> Image<'a> for Loaded<'a> {
    type Thunk = Thunk;

    fn notes(&self) -> Vec<(u64, &'a [u8])> {
        let notes = self.of_type(libc::PT_NOTE);
        let bytes = |(address, segment): (u64, &libc::Elf64_Phdr)| {
            Some((address, self.bytes(address, usize::try_from(segment.p_memsz).ok()?)?))
        };
        notes.filter_map(bytes).collect()
    }

    fn bytes(&self, address: u64, len: usize) -> Option<&'a [u8]> {
        let len_64 = u64::try_from(len).ok()?;
        if !self.contains(address, len_64, libc::PF_R) || self.contains(address, len_64, libc::PF_W) {
            return None;
        }
        // SAFETY: the bytes are in a segment that the loader has mapped readable and not writable, and stay there for 'a.
        Some(unsafe { slice::from_raw_parts(pointer(address), len) })
    }

    fn thunk(&self, address: u64) -> Option<Thunk> {
        self.contains(address, 1, libc::PF_X).then(|| Thunk(pointer(address)))
    }

    fn room(&self) -> usize {
        self.of_type(libc::PT_LOAD).map(|(_, segment)| segment.p_memsz as usize).sum()
    }
}

fn pointer<T>(address: u64) -> *const T {
    ptr::with_exposed_provenance(address as usize)
}

/// The objects of this process that were linked with this copy of the crate: the program, and shared libraries that have it from
/// the same place. A module that was loaded with a copy of its own is not among them.
#[cfg(gatherer = "section")]
pub(crate) fn objects() -> Vec<Loaded<'static>> {
    let mut found = Vec::new();
    each_object(&mut |object| {
        if object.is_ours() && found.iter().all(|other: &Loaded<'_>| other.base != object.base) {
            // SAFETY: the program headers of an object that was linked with this code stay as long as this code does.
            let segments = unsafe { slice::from_raw_parts(object.segments.as_ptr(), object.segments.len()) };
            found.push(Loaded { base: object.base, segments });
        }
    });
    found
}

/// Calls `look` with every object of the process, the main program first, while the loader keeps them where they are.
fn each_object(look: &mut dyn FnMut(Loaded<'_>)) {
    unsafe extern "C" fn one(object: *mut libc::dl_phdr_info, _: usize, look: *mut c_void) -> c_int {
        // SAFETY: `look` is what was handed to dl_iterate_phdr(3) below, and not used otherwise meanwhile.
        let look = unsafe { &mut *look.cast::<&mut dyn FnMut(Loaded<'_>)>() };
        // SAFETY: the loader hands over a valid structure.
        let object = unsafe { &*object };
        let n_segments = usize::from(object.dlpi_phnum);
        if !object.dlpi_phdr.is_null() {
            // SAFETY: the structure says that there are so many headers.
            let segments = unsafe { slice::from_raw_parts(object.dlpi_phdr, n_segments) };
            look(Loaded { base: object.dlpi_addr, segments });
        }
        0
    }
    let mut look = look;
    // SAFETY: `one` has the type that is asked for, and `look` outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(one), (&raw mut look).cast()) };
}

/// The address of this copy of the crate.
pub(crate) fn home() -> *const () {
    (&raw const PAGE).cast()
}

fn in_main_program() -> bool {
    let (mut first, mut inside) = (true, false);
    each_object(&mut |object| {
        inside |= mem::take(&mut first) && object.contains(home().expose_provenance() as u64, 1, libc::PF_W);
    });
    inside
}

// ---------------------------------------------------------------------------------------------------------------------
// The page
// ---------------------------------------------------------------------------------------------------------------------

/// A multiple of every page size that the architecture has.
const PAGE_SIZE: usize = if cfg!(target_arch = "x86_64") { 0x1000 } else { 0x1_0000 };

/// How many functions fit on the page behind the rows.
const CAPACITY: usize = (PAGE_SIZE - N_ROWS * size_of::<Row>()) / size_of::<Entry>();

const N_ROWS: usize = EventKind::ALL.len();

/// The address of a thunk. Atomic only so that a static can be written, once.
type Entry = AtomicPtr<()>;

/// A thunk of any event: the payload's type has been forgotten.
type AnyThunk = extern "C" fn(&Task, *const (), &Report) -> i32;

/// One event's part of the table.
#[repr(C)]
struct Row {
    /// [`UNSEALED`], or the number of watchers and one: a single load tells that there are none.
    state: AtomicU32,
    /// How many watchers the events before have: the first one's index in the registry.
    base: AtomicU32,
    first: AtomicPtr<Entry>,
}

/// Nothing has been sealed yet. It is 0 so that the page takes no room in the file.
const UNSEALED: u32 = 0;
/// The event has no watchers.
const EMPTY: u32 = 1;

impl Row {
    const fn new() -> Self {
        Self {
            state: AtomicU32::new(UNSEALED),
            base: AtomicU32::new(0),
            first: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

#[repr(C)]
#[cfg_attr(target_arch = "x86_64", repr(align(0x1000)))]
#[cfg_attr(not(target_arch = "x86_64"), repr(align(0x1_0000)))]
struct Page {
    rows: [Row; N_ROWS],
    entries: [Entry; CAPACITY],
}

const _: () = assert!(size_of::<Page>() == PAGE_SIZE && align_of::<Page>() == PAGE_SIZE);

static PAGE: Page = Page::new();

impl Page {
    const fn new() -> Self {
        Self {
            rows: [const { Row::new() }; N_ROWS],
            entries: [const { AtomicPtr::new(ptr::null_mut()) }; CAPACITY],
        }
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "there is a row for every kind, and the compiler knows it")]
    fn row(&self, kind: EventKind) -> &Row {
        &self.rows[kind as usize]
    }

    #[inline]
    fn watched<'a>(&'a self, event: Event<'a>) -> Watched<'a> {
        let row = self.row(event.kind());
        let len = match row.state.load(Acquire) {
            UNSEALED => return Watched::Unknown,
            EMPTY => return Watched::ByNobody,
            state => (state - EMPTY) as usize,
        };
        // SAFETY:
        // 1. The row is filled, so it points to so many entries: on the page, or in a mapping that stays.
        // 2. An entry has the representation of a pointer, and nobody writes to it once the row is filled.
        // 3. What was written are thunks of this event: functions that differ from the type only in what their second parameter
        //    points to, which makes them callable as such; and they are called with this event's payload.
        let thunks = unsafe { slice::from_raw_parts(row.first.load(Relaxed).cast(), len) };
        Watched::By(Walk { thunks, payload: payload(event), event: PhantomData })
    }

    /// Writes the table: the functions of each event, and the rows that say where they are.
    fn fill(&self, table: &[Vec<Thunk>], entries: &[Entry]) {
        let mut rest = entries;
        for (row, thunks) in self.rows.iter().zip(table) {
            let (own, behind) = rest.split_at(thunks.len());
            for (entry, thunk) in own.iter().zip(thunks) {
                entry.store(thunk.0.cast_mut(), Relaxed);
            }
            row.base.store(index(entries.len() - rest.len()), Relaxed);
            row.first.store(own.as_ptr().cast_mut(), Relaxed);
            rest = behind;
        }
        for (row, thunks) in self.rows.iter().zip(table) {
            row.state.store(EMPTY + index(thunks.len()), Release);
        }
    }

    /// Writes the table and makes it read-only. If that cannot be done, there is no table.
    fn seal(&self, table: &[Vec<Thunk>], lock: Lock) -> Result<(), Errno> {
        let total = table.iter().map(Vec::len).sum();
        let overflow = if total > CAPACITY { map(total)? } else { &[] };
        self.fill(table, if overflow.is_empty() { &self.entries } else { overflow });
        let sealed = protect(overflow, lock).and_then(|()| protect(slice::from_ref(self), lock));
        sealed.inspect_err(|_| self.rows.iter().for_each(|row| row.state.store(UNSEALED, Release)))
    }
}

/// Writes the thunks of each event, given in order, on the page and makes it read-only for good. To be called once.
pub(crate) fn seal(table: &[Vec<Thunk>]) -> Result<(), Errno> {
    // In a library that may be unloaded, a page that cannot be unmapped would be left behind each time.
    PAGE.seal(table, if in_main_program() { Lock::ForGood } else { Lock::WhileMapped })
}

/// How firmly a page is made read-only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    /// By mprotect(2).
    WhileMapped,
    /// By mseal(2) as well, where the kernel has it (since 6.10): then nothing in this process can undo it.
    ForGood,
}

/// mseal(2), which has the same number everywhere.
const SYS_MSEAL: libc::c_long = 462;

/// Makes these pages read-only; nothing, if there are none.
fn protect<T>(pages: &[T], lock: Lock) -> Result<(), Errno> {
    if pages.is_empty() {
        return Ok(());
    }
    let (start, len) = (pages.as_ptr().cast::<c_void>(), size_of_val(pages));
    // SAFETY: the pages belong to the table alone, and nobody writes to it any more.
    let answer = unsafe { libc::mprotect(start.cast_mut(), len, libc::PROT_READ) };
    if answer != 0 {
        return Err(last_errno());
    }
    if lock == Lock::ForGood {
        // SAFETY: the pages stay as they are as long as the process lives. An error (ENOSYS of an older kernel) leaves
        // them read-only, which is what was promised.
        unsafe { libc::syscall(SYS_MSEAL, start, len, 0_usize) };
    }
    Ok(())
}

/// Pages of their own for so many functions.
fn map(total: usize) -> Result<&'static [Entry], Errno> {
    let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, anywhere.
    let start = unsafe { libc::mmap(ptr::null_mut(), total * size_of::<Entry>(), access, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return Err(last_errno());
    }
    // SAFETY: the mapping is that long, zeroed, which is a valid value, and is never unmapped.
    Ok(unsafe { slice::from_raw_parts(start.cast(), total) })
}

/// There are never so many watchers that a number of them does not fit.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn last_errno() -> Errno {
    Errno::from_raw(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL))
}

// ---------------------------------------------------------------------------------------------------------------------
// Dispatch
// ---------------------------------------------------------------------------------------------------------------------

/// Who watches an event.
pub(crate) enum Watched<'a> {
    /// The page has not been sealed.
    Unknown,
    ByNobody,
    By(Walk<'a>),
}

/// Who watches this event: one load tells that nobody does.
#[inline]
pub(crate) fn watched(event: Event<'_>) -> Watched<'_> {
    PAGE.watched(event)
}

/// The address of the entry with this index in the registry, of a watcher of this event.
pub(crate) fn entry_address(kind: EventKind, index: usize) -> usize {
    let nth = index.saturating_sub(base(kind));
    PAGE.row(kind).first.load(Relaxed).addr() + nth * size_of::<Entry>()
}

/// The index in the registry that the event's first watcher has.
pub(crate) fn base(kind: EventKind) -> usize {
    PAGE.row(kind).base.load(Relaxed) as usize
}

/// One event on its way along its watchers, of whom there is at least one.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'a> {
    thunks: &'a [AnyThunk],
    payload: *const (),
    event: PhantomData<Event<'a>>,
}

impl Walk<'_> {
    /// Calls the watchers in order: those that `takes_part` lets, counted from 0. What they answer is lost.
    #[inline]
    pub(crate) fn tell(self, task: &Task, report: &Report, takes_part: impl Fn(usize) -> bool) {
        for (nth, thunk) in self.thunks.iter().enumerate() {
            if takes_part(nth) {
                thunk(task, self.payload, report);
            }
        }
    }

    /// Calls the watchers in order, as [`tell`](Self::tell) does, and lets `hear` know every answer but 0; `hear` may end the walk.
    #[inline]
    pub(crate) fn ask(
        self,
        task: &Task,
        report: &Report,
        takes_part: impl Fn(usize) -> bool,
        mut hear: impl FnMut(usize, i32) -> ControlFlow<()>,
    ) {
        for (nth, thunk) in self.thunks.iter().enumerate() {
            if !takes_part(nth) {
                continue;
            }
            let answer = thunk(task, self.payload, report);
            if answer != 0 && hear(nth, answer).is_break() {
                return;
            }
        }
    }
}

#[inline]
fn payload(event: Event<'_>) -> *const () {
    match event {
        Event::Init(payload) => ptr::from_ref(payload).cast(),
        Event::Clone(payload) => ptr::from_ref(payload).cast(),
        Event::Exec(payload) => ptr::from_ref(payload).cast(),
        Event::Uid(payload) => ptr::from_ref(payload).cast(),
        Event::Gid(payload) => ptr::from_ref(payload).cast(),
        Event::Exit(payload) => ptr::from_ref(payload).cast(),
        Event::Free(payload) => ptr::from_ref(payload).cast(),
    }
}

/// The static of task data that this function, from a record of that table, leads to.
pub(crate) fn slot(thunk: Thunk) -> &'static dyn Slot {
    // SAFETY: records of task data lead to functions of this type: `task_data!` emits nothing else.
    let slot = unsafe { mem::transmute::<*const (), SlotThunk>(thunk.0) };
    slot()
}
