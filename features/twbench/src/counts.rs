//! [`Counts`]: how many there were.

use std::sync::atomic::{AtomicU64, Ordering};

/// Births and deaths, counted by tracer threads and read by any.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    clones: AtomicU64,
    exits: AtomicU64,
}

/// Both, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) clones: u64,
    pub(crate) exits: u64,
}

impl Counts {
    pub(crate) const fn new() -> Counts {
        Counts { clones: AtomicU64::new(0), exits: AtomicU64::new(0) }
    }

    pub(crate) fn clone_seen(&self) {
        self.clones.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn exit_seen(&self) {
        self.exits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals { clones: self.clones.load(Ordering::Relaxed), exits: self.exits.load(Ordering::Relaxed) }
    }
}
