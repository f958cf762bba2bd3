//! [`Page`]: the layout of the sealed table. Pure: where it is, and what protects it, is `table.rs`.
//!
//! ```text
//! rows      one for each event, from init on              how many, first index, where the functions are
//! entries   f0 f1 f2 ...
//! ```

use std::{
    ops::Range,
    ptr,
    sync::atomic::{
        AtomicPtr, AtomicU32,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use crate::EventKind;

/// A multiple of every page size that the architecture has.
const SIZE: usize = if cfg!(target_arch = "x86_64") { 0x1000 } else { 0x1_0000 };

/// How many functions fit on the page behind the rows.
pub(crate) const CAPACITY: usize = (SIZE - N_ROWS * size_of::<Row>()) / size_of::<Entry>();

const N_ROWS: usize = EventKind::ALL.len();

/// The address of a thunk. Atomic only so that a static can be written, once.
pub(crate) type Entry = AtomicPtr<()>;

/// One event's part of the table.
#[repr(C)]
pub(crate) struct Row {
    /// [`UNSEALED`], [`EMPTY`] or [`WATCHED`]: a single load tells that there are none.
    state: AtomicU32,
    /// How many watchers the events before have: the first one's index in the registry.
    base: AtomicU32,
    /// Its entries, up to the one behind the last; null and null before they are written.
    first: AtomicPtr<Entry>,
    end: AtomicPtr<Entry>,
}

/// Nothing has been written yet. It is 0 so that the page takes no room in the file.
const UNSEALED: u32 = 0;
/// The event has no watchers.
const EMPTY: u32 = 1;
/// The event has watchers.
const WATCHED: u32 = 2;

/// What a row says.
pub(crate) enum Filled {
    /// Nothing yet.
    No,
    /// That the event has no watchers.
    WithNone,
    /// That there are some.
    WithSome,
}

impl Row {
    const fn new() -> Self {
        Self {
            state: AtomicU32::new(UNSEALED),
            base: AtomicU32::new(0),
            first: AtomicPtr::new(ptr::null_mut()),
            end: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// What the row says: one load tells that there are no watchers.
    #[inline]
    pub(crate) fn filled(&self) -> Filled {
        match self.state.load(Acquire) {
            UNSEALED => Filled::No,
            EMPTY => Filled::WithNone,
            _ => Filled::WithSome,
        }
    }

    /// The entries: none as long as the row is not filled.
    #[inline]
    pub(crate) fn entries(&self) -> Range<*const Entry> {
        self.first.load(Relaxed)..self.end.load(Relaxed)
    }

    /// The index in the registry that the event's first watcher has.
    pub(crate) fn base(&self) -> usize {
        self.base.load(Relaxed) as usize
    }

    /// The address of the entry of the event's nth watcher.
    pub(crate) fn entry_address(&self, nth: usize) -> usize {
        self.first.load(Relaxed).addr() + nth * size_of::<Entry>()
    }
}

/// One page: a row for each event, and the entries.
#[repr(C)]
#[cfg_attr(target_arch = "x86_64", repr(align(0x1000)))]
#[cfg_attr(not(target_arch = "x86_64"), repr(align(0x1_0000)))]
pub(crate) struct Page {
    rows: [Row; N_ROWS],
    pub(crate) entries: [Entry; CAPACITY],
}

const _: () = assert!(size_of::<Page>() == SIZE && align_of::<Page>() == SIZE);

impl Page {
    pub(crate) const fn new() -> Self {
        Self {
            rows: [const { Row::new() }; N_ROWS],
            entries: [const { AtomicPtr::new(ptr::null_mut()) }; CAPACITY],
        }
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "there is a row for every kind, and the compiler knows it")]
    pub(crate) fn row(&self, kind: EventKind) -> &Row {
        &self.rows[kind as usize]
    }

    /// Writes the functions of each event to `entries`, and to the rows where they are.
    pub(crate) fn fill(&self, table: &[Vec<*const ()>], entries: &[Entry]) {
        let mut rest = entries;
        for (row, functions) in self.rows.iter().zip(table) {
            let (own, behind) = rest.split_at(functions.len());
            for (entry, function) in own.iter().zip(functions) {
                entry.store(function.cast_mut(), Relaxed);
            }
            row.base.store(small(entries.len() - rest.len()), Relaxed);
            let entries = own.as_ptr_range();
            row.first.store(entries.start.cast_mut(), Relaxed);
            row.end.store(entries.end.cast_mut(), Relaxed);
            rest = behind;
        }
        for (row, functions) in self.rows.iter().zip(table) {
            row.state.store(if functions.is_empty() { EMPTY } else { WATCHED }, Release);
        }
    }

    /// Takes back what the rows say.
    pub(crate) fn empty(&self) {
        for row in &self.rows {
            row.state.store(UNSEALED, Release);
            row.end.store(row.first.load(Relaxed), Relaxed);
        }
    }
}

/// There are never so many watchers that a number of them does not fit.
fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX - 1)
}
