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
//! [`start`](crate::start) checks and sorts the records, and [`seal`] writes the functions, in order, on a [`Page`]: one row per event
//! and the functions themselves behind the rows. Then the page is made read-only and, where it belongs to the main program
//! and the kernel can, sealed: neither mprotect(2) nor munmap(2) moves it any more.
//!
//! The rows stand on the page that they describe: a writable pointer to a read-only table would be worth nothing. If the functions are
//! too many for one page, they have a mapping of their own, which is sealed alike.
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
};

use crate::{
    Errno, Event, EventKind, Slot, Task,
    image::Image,
    page::{CAPACITY, Entry, Filled, Page},
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
    if cfg!(miri) {
        // The interpreter has no loader to ask: there are no watchers in it.
        return;
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

/// The page. The text of this file says what is on it and why.
static PAGE: Page = Page::new();

/// Writes the thunks of each event, given in order, on the page and makes it read-only for good. To be called once.
///
/// If that cannot be done, there is no table.
pub(crate) fn seal(table: &[Vec<Thunk>]) -> Result<(), Errno> {
    let table: Vec<Vec<*const ()>> =
        table.iter().map(|thunks| thunks.iter().map(|thunk| thunk.0).collect()).collect();
    let total = table.iter().map(Vec::len).sum();
    let overflow = if total > CAPACITY { map(total)? } else { &[] };
    PAGE.fill(&table, if overflow.is_empty() { &PAGE.entries } else { overflow });

    // In a library that may be unloaded, a page that cannot be unmapped would be left behind each time.
    let lock = if in_main_program() { Lock::ForGood } else { Lock::WhileMapped };
    let sealed = protect(overflow, lock).and_then(|()| protect(slice::from_ref(&PAGE), lock));
    sealed.inspect_err(|_| PAGE.empty())
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
    if pages.is_empty() || cfg!(miri) {
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
    match PAGE.row(event.kind()).filled() {
        Filled::No => Watched::Unknown,
        Filled::WithNone => Watched::ByNobody,
        Filled::With(first, len) => {
            // SAFETY:
            // 1. The row is filled, so there are so many entries: on the page, or in a mapping that stays.
            // 2. An entry has the representation of a pointer, and nobody writes to it once the row is filled.
            // 3. What was written are functions.
            let thunks = unsafe { slice::from_raw_parts(first.cast(), len) };
            Watched::By(Walk { thunks, payload: payload(event), event: PhantomData })
        }
    }
}

/// The index in the registry that the event's first watcher has.
pub(crate) fn base(kind: EventKind) -> usize {
    PAGE.row(kind).base()
}

/// The address of the entry of the event's nth watcher.
pub(crate) fn entry_address(kind: EventKind, nth: usize) -> usize {
    PAGE.row(kind).entry_address(nth)
}

/// One event on its way along its watchers, of whom there is at least one.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'a> {
    thunks: &'a [AnyThunk],
    payload: *const (),
    event: PhantomData<Event<'a>>,
}

/// A thunk of any event: the payload's type has been forgotten.
type AnyThunk = unsafe extern "C" fn(&Task, *const (), &Report) -> i32;

impl Walk<'_> {
    #[inline]
    fn call(self, thunk: AnyThunk, task: &Task, report: &Report) -> i32 {
        // SAFETY: it is a thunk of this event, which differs from the type only in what its second parameter points to (so that it can
        // be called as such), and that is this event's payload.
        unsafe { thunk(task, self.payload, report) }
    }

    /// Calls the watchers in order: those that `takes_part` lets, counted from 0. What they answer is lost.
    #[inline]
    pub(crate) fn tell(self, task: &Task, report: &Report, takes_part: impl Fn(usize) -> bool) {
        for (nth, thunk) in self.thunks.iter().enumerate() {
            if takes_part(nth) {
                self.call(*thunk, task, report);
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
            let answer = self.call(*thunk, task, report);
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
