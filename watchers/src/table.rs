//! The tables: found where the linker put them, and sealed on a page that nobody can write to.
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
//! The program's page is never written to again. A module has pages of its own, [`ModuleTable`], read-only too, which go with it.
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
//! This file and `linked.rs` are the only ones of the crate with `unsafe`. It relies on three things from outside: the thunks that it is
//! given are of the events whose rows they are written to, nobody unloads an object that was linked with this copy, and whoever has the
//! table of a module keeps the module.

#![allow(unsafe_code, reason = "calls what the linker gathered, and seals pages")]

use std::{
    ffi::c_void,
    marker::PhantomData,
    ops::{ControlFlow, Range},
    ptr, slice,
};

use crate::{
    Errno, Event, EventKind, Task,
    linked::{Thunk, in_main_program},
    page::{CAPACITY, Entry, Filled, Page, Row},
    private::Report,
};

// ---------------------------------------------------------------------------------------------------------------------
// The page
// ---------------------------------------------------------------------------------------------------------------------

/// The page. The text of this file says what is on it and why.
static PAGE: Page = Page::new();

/// The address of this copy of the crate: that of its page.
pub(crate) fn home() -> *const () {
    (&raw const PAGE).cast()
}

/// Writes the thunks of each event, given in order, on the page and makes it read-only for good. To be called once.
///
/// If that cannot be done, there is no table.
pub(crate) fn seal(table: &[Vec<Thunk>]) -> Result<(), Errno> {
    let table = addresses(table);
    let overflow = map_overflow(&table)?;
    PAGE.fill(&table, if overflow.is_empty() { &PAGE.entries } else { overflow });

    // In a library that may be unloaded, a page that cannot be unmapped would be left behind each time.
    let lock = if in_main_program() { Lock::ForGood } else { Lock::WhileMapped };
    let sealed = protect(overflow, lock).and_then(|()| protect(slice::from_ref(&PAGE), lock));
    sealed.inspect_err(|_| PAGE.empty())
}

fn addresses(table: &[Vec<Thunk>]) -> Vec<Vec<*const ()>> {
    table.iter().map(|thunks| thunks.iter().map(|thunk| thunk.0).collect()).collect()
}

/// The pages that a module's functions are on, until this is dropped.
pub(crate) struct ModuleTable {
    page: &'static [Page],
    overflow: &'static [Entry],
}

impl ModuleTable {
    /// Writes the thunks of each event, given in order, on new pages and makes these read-only.
    pub(crate) fn seal(table: &[Vec<Thunk>]) -> Result<Self, Errno> {
        let table = addresses(table);
        let page: &'static [Page] = map(1)?;
        let sealed = Self { page, overflow: map_overflow(&table)? };
        for page in page {
            page.fill(&table, if sealed.overflow.is_empty() { &page.entries } else { sealed.overflow });
        }
        protect(sealed.overflow, Lock::WhileMapped)?;
        protect(page, Lock::WhileMapped)?;
        Ok(sealed)
    }

    /// Who watches this event.
    pub(crate) fn watched<'a>(&'a self, event: Event<'a>) -> Watched<'a> {
        self.page.first().map_or(Watched::ByNobody, |page| watched_on(page, event))
    }

    /// The address of the page.
    pub(crate) fn address(&self) -> usize {
        self.page.as_ptr().addr()
    }
}

impl Drop for ModuleTable {
    fn drop(&mut self) {
        unmap(self.page);
        unmap(self.overflow);
    }
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

/// Pages for the functions that do not fit on the page with the rows; none, if they do.
fn map_overflow(table: &[Vec<*const ()>]) -> Result<&'static [Entry], Errno> {
    let total = table.iter().map(Vec::len).sum();
    if total > CAPACITY { map(total) } else { Ok(&[]) }
}

/// A type of which zeros are a valid value.
trait Zeroed {}
impl Zeroed for Page {}
impl Zeroed for Entry {}

/// New pages for so many of a type.
fn map<T: Zeroed>(n: usize) -> Result<&'static [T], Errno> {
    let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, anywhere.
    let start = unsafe { libc::mmap(ptr::null_mut(), n * size_of::<T>(), access, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return Err(last_errno());
    }
    // SAFETY: the mapping is that long, aligned to a page and zeroed, which is a valid value. It stays for good, but for those of a
    // module's table, which nobody has any more when they are unmapped.
    Ok(unsafe { slice::from_raw_parts(start.cast(), n) })
}

/// Gives back what [`map`] mapped.
fn unmap<T: Zeroed>(pages: &'static [T]) {
    if pages.is_empty() {
        return;
    }
    // SAFETY: the whole of one mapping, and its owner is being dropped: nobody has a reference to it.
    unsafe { libc::munmap(pages.as_ptr().cast_mut().cast(), size_of_val(pages)) };
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

/// Who in the program watches this event: one load tells that nobody does.
#[inline]
pub(crate) fn watched(event: Event<'_>) -> Watched<'_> {
    watched_on(&PAGE, event)
}

/// The event before its first watcher in the program, for who knows that the page was sealed. If it was not, nobody is there.
#[inline(always)]
pub(crate) fn walk(event: Event<'_>) -> Walk<'_> {
    Walk::along(PAGE.row(event.kind()), event)
}

#[inline(always)]
fn watched_on<'a>(page: &'a Page, event: Event<'a>) -> Watched<'a> {
    let row = page.row(event.kind());
    match row.filled() {
        Filled::No => Watched::Unknown,
        Filled::WithNone => Watched::ByNobody,
        Filled::WithSome => Watched::By(Walk::along(row, event)),
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

/// One event on its way along its watchers.
pub(crate) struct Walk<'a> {
    row: &'a Row,
    payload: *const (),
    event: PhantomData<Event<'a>>,
}

/// A thunk of any event: the payload's type has been forgotten.
type AnyThunk = unsafe extern "C" fn(&Task, *const (), &Report) -> i32;

impl<'a> Walk<'a> {
    #[inline(always)]
    fn along(row: &'a Row, event: Event<'a>) -> Self {
        Self { row, payload: payload(event), event: PhantomData }
    }

    /// Calls the watchers in order: those that `takes_part` lets. What they answer is lost.
    #[inline(always)]
    pub(crate) fn tell(self, task: &Task, report: &Report, takes_part: impl Fn(Nth<'a>) -> bool) {
        let Range { start: mut entry, end } = self.row.entries();
        while entry != end {
            if takes_part(Nth { row: self.row, entry }) {
                self.call(entry, task, report);
            }
            // SAFETY: the entry is in front of the end, so the next one is in it or is the end.
            entry = unsafe { entry.add(1) };
        }
    }

    /// Calls the watchers in order, as [`tell`](Self::tell) does, and lets `hear` know every answer but 0; `hear` may end the walk.
    #[inline]
    pub(crate) fn ask(
        self,
        task: &Task,
        report: &Report,
        takes_part: impl Fn(Nth<'a>) -> bool,
        mut hear: impl FnMut(Nth<'a>, i32) -> ControlFlow<()>,
    ) {
        for nth in self.entries() {
            let answer = if takes_part(nth) { self.call(nth.entry, task, report) } else { 0 };
            if answer != 0 && hear(nth, answer).is_break() {
                return;
            }
        }
    }

    #[inline(always)]
    fn entries(&self) -> impl Iterator<Item = Nth<'a>> + use<'a> {
        let (row, Range { start: mut entry, end }) = (self.row, self.row.entries());
        std::iter::from_fn(move || {
            let here = (entry != end).then_some(Nth { row, entry })?;
            // SAFETY: the entry is in front of the end, so the next one is in it or is the end.
            entry = unsafe { entry.add(1) };
            Some(here)
        })
    }

    #[inline(always)]
    fn call(&self, entry: *const Entry, task: &Task, report: &Report) -> i32 {
        // SAFETY:
        // 1. The row has this entry: on its page, or in a mapping that stays as long as that.
        // 2. An entry has the representation of a pointer, and nobody writes to it once the row has it.
        // 3. What was written is a thunk of this event.
        let thunk: AnyThunk = unsafe { entry.cast::<AnyThunk>().read() };
        // SAFETY: a thunk of this event differs from the type only in what its second parameter points to (so that it can be
        // called as such), and that is this event's payload.
        unsafe { thunk(task, self.payload, report) }
    }
}

/// A watcher on a walk. Its number is worked out only for who asks.
#[derive(Clone, Copy)]
pub(crate) struct Nth<'a> {
    row: &'a Row,
    entry: *const Entry,
}

impl Nth<'_> {
    /// Its number among the watchers of the event, counted from 0.
    #[inline]
    pub(crate) fn number(self) -> usize {
        (self.entry.addr() - self.row.entries().start.addr()) / size_of::<Entry>()
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
        Event::Found(payload) => ptr::from_ref(payload).cast(),
        Event::Creds(payload) => ptr::from_ref(payload).cast(),
        Event::GroupDead(payload) => ptr::from_ref(payload).cast(),
    }
}
