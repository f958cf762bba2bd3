//! [`EventSet`]: some of the events.

use std::{fmt, ops::BitOr};

use super::EventKind;

/// A set of events.
///
/// ```
/// use watchers::{EventKind, EventSet};
///
/// let ids = EventSet::from(EventKind::Uid) | EventSet::from(EventKind::Gid);
/// assert!(ids.contains(EventKind::Uid));
/// assert_eq!(ids, EventSet::of([EventKind::Gid, EventKind::Uid]));
/// assert_eq!(ids.iter().collect::<Vec<_>>(), [EventKind::Uid, EventKind::Gid]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EventSet(u32);

impl EventSet {
    /// No event.
    pub const EMPTY: EventSet = EventSet(0);

    /// Every event.
    pub const ALL: EventSet = EventSet::of(EventKind::ALL);

    /// These events.
    pub const fn of<const N: usize>(kinds: [EventKind; N]) -> Self {
        let mut bits = 0;
        let mut rest: &[EventKind] = &kinds;
        while let [first, others @ ..] = rest {
            bits |= bit(*first);
            rest = others;
        }
        Self(bits)
    }

    /// Whether the event is in the set.
    pub const fn contains(self, kind: EventKind) -> bool {
        self.0 & bit(kind) != 0
    }

    /// Whether no event is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Puts an event into the set.
    pub const fn insert(&mut self, kind: EventKind) {
        self.0 |= bit(kind);
    }

    /// The events that are in either set.
    #[must_use]
    pub const fn union(self, other: EventSet) -> Self {
        Self(self.0 | other.0)
    }

    /// The events of the set, in order.
    pub fn iter(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

const fn bit(kind: EventKind) -> u32 {
    1 << kind as u32
}

impl fmt::Debug for EventSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl From<EventKind> for EventSet {
    fn from(kind: EventKind) -> Self {
        Self(bit(kind))
    }
}

impl<const N: usize> From<[EventKind; N]> for EventSet {
    fn from(kinds: [EventKind; N]) -> Self {
        Self::of(kinds)
    }
}

impl FromIterator<EventKind> for EventSet {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::EMPTY, |set, kind| set | kind)
    }
}

impl Extend<EventKind> for EventSet {
    fn extend<I: IntoIterator<Item = EventKind>>(&mut self, kinds: I) {
        *self = *self | kinds.into_iter().collect::<Self>();
    }
}

impl<S: Into<EventSet>> BitOr<S> for EventSet {
    type Output = Self;

    fn bitor(self, other: S) -> Self {
        self.union(other.into())
    }
}

impl BitOr for EventKind {
    type Output = EventSet;

    fn bitor(self, other: EventKind) -> EventSet {
        EventSet::of([self, other])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_set() -> impl Iterator<Item = EventSet> {
        (0..1 << EventKind::ALL.len()).map(EventSet)
    }

    #[test]
    fn union_is_a_union() {
        for a in every_set() {
            assert_eq!(a | EventSet::EMPTY, a);
            assert_eq!(a | a, a);
            assert_eq!(a | EventSet::ALL, EventSet::ALL);
            for b in every_set() {
                assert_eq!(a | b, b | a);
                for kind in EventKind::ALL {
                    assert_eq!((a | b).contains(kind), a.contains(kind) || b.contains(kind));
                }
            }
        }
    }

    #[test]
    fn a_set_is_what_it_lists() {
        for set in every_set() {
            assert_eq!(set.iter().collect::<EventSet>(), set);
            assert!(set.iter().is_sorted());
            assert_eq!(set.is_empty(), set.iter().next().is_none());
            let mut inserted = EventSet::EMPTY;
            set.iter().for_each(|kind| inserted.insert(kind));
            assert_eq!(inserted, set);
        }
        assert_eq!(EventSet::ALL.iter().collect::<Vec<_>>(), EventKind::ALL);
        assert_eq!(EventSet::default(), EventSet::EMPTY);
    }

    #[test]
    fn kinds_make_sets() {
        let exec_exit = EventKind::Exec | EventKind::Exit;
        assert_eq!(exec_exit, EventSet::from([EventKind::Exit, EventKind::Exec, EventKind::Exec]));
        assert_eq!(exec_exit | EventKind::Exec, exec_exit);
        assert_eq!(format!("{exec_exit:?}"), "{Exec, Exit}");
    }
}
