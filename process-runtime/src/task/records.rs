//! The records of tasks, by tid.
//!
//! A stop asks for the record of its task several times, so the one that was asked for last is found without a search. Where there are
//! few, which is so for most trees, the others are looked through; where there are many, an index says where they are.
//!
//! # Alternatives
//!
//! A map of records: measured, its search is a tenth of what a stop costs us in user mode. To keep the index of a few, too: to add and to
//! remove an entry of it takes longer than to look through them.

use std::cell::Cell;

use watchers::Tid;

use super::Record;
use super::tid_map::TidMap;

/// Records of tasks, each under a tid.
#[derive(Debug, Default)]
pub(super) struct Records {
    entries: Vec<(Tid, Box<Record>)>,
    /// Where each is among the entries; empty while these are few.
    places: TidMap<usize>,
    /// Where the last was found that somebody asked for; who is there by now says the entry.
    last: Cell<usize>,
}

/// An index is made of more than so many,
const FEW: usize = 16;
/// and given up when so many are left.
const VERY_FEW: usize = 8;

impl Records {
    #[inline(never)]
    pub(super) fn get(&self, tid: Tid) -> Option<&Record> {
        let at = self.find(tid)?;
        self.entries.get(at).map(|(_, record)| &**record)
    }

    #[inline(never)]
    pub(super) fn get_mut(&mut self, tid: Tid) -> Option<&mut Record> {
        let at = self.find(tid)?;
        self.entries.get_mut(at).map(|(_, record)| &mut **record)
    }

    pub(super) fn contains(&self, tid: Tid) -> bool {
        self.find(tid).is_some()
    }

    /// Adds a record. What was under the same tid.
    pub(super) fn insert(&mut self, tid: Tid, record: Box<Record>) -> Option<Box<Record>> {
        let before = self.remove(tid);
        self.entries.push((tid, record));
        if self.has_index() || self.entries.len() > FEW {
            self.add_to_index(tid);
        }
        before
    }

    pub(super) fn remove(&mut self, tid: Tid) -> Option<Box<Record>> {
        let at = self.find(tid)?;
        let (_, record) = self.entries.swap_remove(at);
        if self.has_index() {
            self.remove_from_index(tid, at);
        }
        Some(record)
    }

    #[inline]
    fn has_index(&self) -> bool {
        !self.places.is_empty()
    }

    /// The last entry is new.
    #[cold]
    fn add_to_index(&mut self, tid: Tid) {
        if self.has_index() {
            self.places.insert(tid, self.entries.len() - 1);
        } else {
            self.places.extend(self.entries.iter().enumerate().map(|(at, (tid, _))| (*tid, at)));
        }
    }

    /// What was the last entry may be where this one was.
    #[cold]
    fn remove_from_index(&mut self, tid: Tid, at: usize) {
        if self.entries.len() <= VERY_FEW {
            return self.places.clear();
        }
        self.places.remove(&tid);
        if let Some((moved, _)) = self.entries.get(at) {
            self.places.insert(*moved, at);
        }
    }

    /// Takes those for which `is_one` says so.
    pub(super) fn take(&mut self, is_one: impl Fn(&Record) -> bool) -> Vec<Record> {
        let tids: Vec<Tid> = self.iter().filter(|(_, record)| is_one(record)).map(|(tid, _)| tid).collect();
        tids.into_iter().filter_map(|tid| self.remove(tid)).map(|record| *record).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Tid, &Record)> {
        self.entries.iter().map(|(tid, record)| (*tid, &**record))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Record> {
        self.entries.iter().map(|(_, record)| &**record)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.entries.iter_mut().map(|(_, record)| &mut **record)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[inline]
    fn find(&self, tid: Tid) -> Option<usize> {
        let last = self.last.get();
        match self.entries.get(last) {
            Some((found, _)) if *found == tid => Some(last),
            _ => self.search(tid),
        }
    }

    #[inline(never)]
    fn search(&self, tid: Tid) -> Option<usize> {
        let at = match self.has_index() {
            true => *self.places.get(&tid)?,
            false => self.entries.iter().position(|(other, _)| *other == tid)?,
        };
        self.last.set(at);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use watchers::{EventSet, Pid, Task};

    use super::*;
    use crate::child::Progress;
    use crate::task::{Group, Root};

    fn tid(raw: i32) -> Tid {
        Tid::from_raw(raw).unwrap()
    }

    fn record() -> Box<Record> {
        let pid = Pid::from_raw(1).unwrap();
        let root = Root::new(pid, EventSet::EMPTY, Progress::new().unwrap());
        Record::new(Task::builder().build(), Group::new(pid), root)
    }

    proptest! {
        /// Whatever was asked for before, each tid has its own record: as in a map.
        #[test]
        fn they_are_those_of_a_map(steps in prop::collection::vec((0..4u8, 1..30i32), 0..200)) {
            let (mut records, mut map) = (Records::default(), BTreeMap::new());
            for (step, raw) in steps {
                let known = map.get(&raw).copied();
                let gone = match step {
                    0 => {
                        let record = record();
                        map.insert(raw, record.task.id());
                        records.insert(tid(raw), record)
                    }
                    1 => {
                        map.remove(&raw);
                        records.remove(tid(raw))
                    }
                    2 => {
                        prop_assert_eq!(records.get(tid(raw)).map(|record| record.task.id()), known);
                        continue;
                    }
                    _ => {
                        prop_assert_eq!(records.get_mut(tid(raw)).map(|record| record.task.id()), known);
                        continue;
                    }
                };
                prop_assert_eq!(gone.map(|record| record.task.id()), known);
                let all: BTreeMap<_, _> =
                    records.iter().map(|(tid, record)| (tid.as_raw(), record.task.id())).collect();
                prop_assert_eq!(&all, &map);
                prop_assert_eq!(records.is_empty(), map.is_empty());
            }
        }
    }

    #[test]
    fn some_are_taken() {
        let mut records = Records::default();
        (1..=5).for_each(|raw| drop(records.insert(tid(raw), record())));
        let two: Vec<_> = [2, 5].map(|raw| records.get(tid(raw)).unwrap().task.id()).to_vec();
        let mut taken: Vec<_> = records
            .take(|record| two.contains(&record.task.id()))
            .iter()
            .map(|record| record.task.id())
            .collect();
        taken.sort_by_key(|id| two.iter().position(|other| other == id));
        assert_eq!(taken, two);
        assert!([1, 3, 4].into_iter().all(|raw| records.contains(tid(raw))));
        assert!(!records.contains(tid(2)) && !records.contains(tid(5)));
    }
}
