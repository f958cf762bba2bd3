//! Values under tids, of which there is nearly always one, or none.
//!
//! # Alternatives
//!
//! A map: every birth puts something into it and takes it out again, which took twice as long. Where thousands fork at once, all values
//! are looked at for each: some microseconds, next to what a birth costs.

use watchers::Tid;

/// Some values, each under a tid.
#[derive(Debug)]
pub(super) struct Few<V>(Vec<(Tid, V)>);

impl<V> Few<V> {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(super) fn contains(&self, tid: Tid) -> bool {
        self.find(tid).is_some()
    }

    #[inline]
    pub(super) fn take(&mut self, tid: Tid) -> Option<V> {
        let at = self.find(tid)?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn get_mut(&mut self, tid: Tid) -> Option<&mut V> {
        let at = self.find(tid)?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// Adds a value. What was under the same tid.
    pub(super) fn insert(&mut self, tid: Tid, value: V) -> Option<V> {
        let before = self.take(tid);
        self.0.push((tid, value));
        before
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Tid, &V)> {
        self.0.iter().map(|(tid, value)| (*tid, value))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (Tid, &mut V)> {
        self.0.iter_mut().map(|(tid, value)| (*tid, value))
    }

    #[inline]
    fn find(&self, tid: Tid) -> Option<usize> {
        self.0.iter().position(|(other, _)| *other == tid)
    }
}

impl<V> Default for Few<V> {
    fn default() -> Self {
        Few(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_under_its_tid() {
        let tid = |raw| Tid::from_raw(raw).unwrap();
        let mut few = Few::default();
        assert!(few.is_empty() && few.take(tid(1)).is_none());
        assert_eq!(
            [(1, 'a'), (2, 'b'), (3, 'c'), (1, 'd')].map(|(raw, value)| few.insert(tid(raw), value)),
            [None, None, None, Some('a')]
        );
        *few.get_mut(tid(2)).unwrap() = 'e';
        assert_eq!([1, 2, 2, 4].map(|raw| few.take(tid(raw))), [Some('d'), Some('e'), None, None]);
        assert!(few.contains(tid(3)) && !few.contains(tid(1)) && !few.is_empty());
        assert_eq!(few.iter().collect::<Vec<_>>(), [(tid(3), &'c')]);
    }
}
