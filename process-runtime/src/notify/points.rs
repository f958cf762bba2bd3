//! The armed return points of one address space: where a trap stands in a program's text, what it replaces, and who is to
//! hit it. Pure.

use std::collections::BTreeMap;

use watchers::TaskId;

use crate::arch::TRAP;

/// Every point that was ever armed, by its address.
///
/// One that is armed no longer is remembered: a task may have hit it just before, and a child may have been made with it, and
/// neither is heard of until later. There are few: the places of a program's libraries at which system calls return.
#[derive(Debug, Default)]
pub(crate) struct Points(BTreeMap<u64, Point>);

#[derive(Debug, Default)]
struct Point {
    /// What the trap replaces.
    original: u8,
    /// The tasks that wait for calls that return here.
    owners: Vec<TaskId>,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// There is a trap for somebody.
    Armed,
    /// There was one.
    Former,
    /// Nothing of ours.
    No,
}

/// What is to be written at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Nothing,
    /// This byte, if the other one is there.
    Byte {
        byte: u8,
        over: u8,
    },
}

impl Points {
    pub(crate) fn known(&self, address: u64) -> Known {
        match self.0.get(&address) {
            Some(point) if !point.owners.is_empty() => Known::Armed,
            Some(_) => Known::Former,
            None => Known::No,
        }
    }

    /// A call of `owner` returns to this address, where `byte` is now.
    pub(crate) fn arm(&mut self, address: u64, byte: u8, owner: TaskId) -> Write {
        let point = self.0.entry(address).or_default();
        let is_first = point.owners.is_empty();
        point.owners.push(owner);
        if is_first {
            point.original = byte;
            return Write::Byte { byte: TRAP, over: byte };
        }
        Write::Nothing
    }

    /// `owner` does not wait for this point any more.
    pub(crate) fn release(&mut self, address: u64, owner: TaskId) -> Write {
        let Some(point) = self.0.get_mut(&address) else { return Write::Nothing };
        let before = point.owners.len();
        point.owners.retain(|other| *other != owner);
        match point.owners.len() {
            0 if before > 0 => Write::Byte { byte: point.original, over: TRAP },
            _ => Write::Nothing,
        }
    }

    /// Takes the trap of an armed point away for the moment in which somebody passes, or puts it back.
    pub(crate) fn lift(&self, address: u64) -> Write {
        self.armed(address).map_or(Write::Nothing, |point| Write::Byte { byte: point.original, over: TRAP })
    }

    pub(crate) fn put_back(&self, address: u64) -> Write {
        self.armed(address).map_or(Write::Nothing, |point| Write::Byte { byte: TRAP, over: point.original })
    }

    fn armed(&self, address: u64) -> Option<&Point> {
        self.0.get(&address).filter(|point| !point.owners.is_empty())
    }

    /// Who waits for this point.
    pub(crate) fn owners(&self, address: u64) -> Vec<TaskId> {
        self.armed(address).map_or(Vec::new(), |point| point.owners.clone())
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.0.values().any(|point| !point.owners.is_empty())
    }

    /// Every point, and what was there before it was first armed.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, u8)> {
        self.0.iter().map(|(address, point)| (*address, point.original))
    }

    /// The armed points of a range, and what is below them.
    pub(crate) fn armed_in(&self, start: u64, length: usize) -> impl Iterator<Item = (u64, u8)> {
        let end = start.saturating_add(length as u64);
        let points = self.0.range(start..end).filter(|(_, point)| !point.owners.is_empty());
        points.map(|(address, point)| (*address, point.original))
    }

    /// Puts what is below the traps into bytes that were read from `start`.
    pub(crate) fn conceal(&self, start: u64, bytes: &mut [u8]) {
        for (address, original) in self.armed_in(start, bytes.len()) {
            if let Some(byte) = bytes.get_mut((address - start) as usize).filter(|byte| **byte == TRAP) {
                *byte = original;
            }
        }
    }

    /// These bytes were written from `start` on: what they have put in the place of traps is below them from now on.
    pub(crate) fn rewritten(&mut self, start: u64, bytes: &[u8]) -> Vec<u64> {
        let hidden: Vec<u64> = self.armed_in(start, bytes.len()).map(|(address, _)| address).collect();
        for address in &hidden {
            if let (Some(point), Some(byte)) =
                (self.0.get_mut(address), bytes.get((address - start) as usize))
            {
                point.original = *byte;
            }
        }
        hidden
    }
}

#[cfg(test)]
mod tests {
    use watchers::Task;

    use super::*;

    const CMP: u8 = 0x48;
    const SET: Write = Write::Byte { byte: TRAP, over: CMP };
    const CLEAR: Write = Write::Byte { byte: CMP, over: TRAP };

    fn ids() -> [TaskId; 2] {
        [Task::builder().build().id(), Task::builder().build().id()]
    }

    #[test]
    fn two_share_a_trap() {
        let ([a, b], mut points) = (ids(), Points::default());
        assert_eq!((points.known(7), points.release(7, a)), (Known::No, Write::Nothing));
        assert_eq!(points.arm(7, CMP, a), SET);
        assert_eq!(points.arm(7, TRAP, b), Write::Nothing);
        assert_eq!((points.known(7), points.owners(7)), (Known::Armed, vec![a, b]));
        assert_eq!((points.lift(7), points.put_back(7)), (CLEAR, SET));
        assert_eq!((points.release(7, a), points.is_armed()), (Write::Nothing, true));
        assert_eq!((points.release(7, a), points.release(7, b)), (Write::Nothing, CLEAR));
        assert_eq!(
            (points.known(7), points.is_armed(), points.release(7, b)),
            (Known::Former, false, Write::Nothing)
        );
        assert_eq!((points.lift(7), points.put_back(7)), (Write::Nothing, Write::Nothing));
        assert_eq!(points.all().collect::<Vec<_>>(), [(7, CMP)]);
    }

    #[test]
    fn what_is_read_and_written_over_traps() {
        let ([a, _], mut points) = (ids(), Points::default());
        points.arm(0x1002, 1, a);
        points.arm(0x1004, 2, a);
        points.arm(0x1005, 3, a);
        points.release(0x1004, a);
        let mut bytes = [TRAP; 4];
        points.conceal(0x1001, &mut bytes);
        assert_eq!(bytes, [TRAP, 1, TRAP, TRAP], "what is armed no longer is the program's own");
        let mut other = [9; 8];
        points.conceal(0x1000, &mut other);
        assert_eq!(other, [9; 8], "somebody has written over it");
        assert_eq!(points.rewritten(0x1000, &[5; 4]), [0x1002]);
        points.conceal(0x1001, &mut bytes);
        assert_eq!(points.armed_in(0x1000, 16).collect::<Vec<_>>(), [(0x1002, 5), (0x1005, 3)]);
    }
}
