//! [`Bench`]: counts of one supervisor, or of several.

use std::sync::{Arc, Mutex, PoisonError};

use crate::counts::Counts;
use crate::reading::{Reading, Since};

/// Counts births and deaths in the trees of every supervisor that has it, or a clone of it, as its [data](watchers::Task::data).
///
/// Any thread may read it; a reading begins for all clones where the last ended.
#[derive(Clone, Debug)]
pub struct Bench(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    counts: Counts,
    since: Mutex<Since>,
}

impl Bench {
    /// Counts from now on.
    pub fn new() -> Bench {
        let counts = Counts::new();
        let since = Mutex::new(Since::now(counts.totals()));
        Bench(Arc::new(Inside { counts, since }))
    }

    /// What was counted since the last reading, or since the beginning.
    pub fn read(&self) -> Reading {
        let mut since = self.0.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.advance(self.0.counts.totals())
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.0.counts
    }
}

impl Default for Bench {
    fn default() -> Bench {
        Bench::new()
    }
}
