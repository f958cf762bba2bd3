//! [`Slots`]: where a task keeps the values of the program's task data.
//!
//! *In:* an index, given to each [`TaskData`](crate::TaskData) once in the process. *Out:* the value, made on first use.
//! *Does not* know how many indices there will be: a task that lives longer than a module's loading has values in
//! two blocks. A task without values owns no memory here.

use std::{
    any::Any,
    cell::{Cell, OnceCell},
};

use crate::{places::Places, value::Value};

/// The values of one task, by index.
#[derive(Default)]
pub(crate) struct Slots {
    first: Link,
}

type Link = OnceCell<Box<Block>>;

/// The values with indices from where the block before ends.
struct Block {
    slots: Box<[Slot]>,
    next: Link,
}

#[derive(Default)]
struct Slot {
    /// The value's initialiser is running.
    making: Cell<bool>,
    value: Value,
}

/// The value's initialiser is running already: it asked for its own value.
#[derive(Debug)]
pub(crate) struct Cycle;

impl Slots {
    /// The value at `index`, if it was made.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&dyn Any> {
        let (mut link, mut index) = (&self.first, index as usize);
        loop {
            let block = link.get()?;
            match block.slots.get(index) {
                Some(slot) => return slot.value.get(),
                None => (link, index) = (&block.next, index - block.slots.len()),
            }
        }
    }

    /// The value at `index`, made by `make` if there is none yet.
    ///
    /// Room is made for all the indices of `places` at once.
    pub(crate) fn get_or_make(
        &self,
        index: u32,
        places: &Places,
        make: impl FnOnce() -> Box<dyn Any>,
    ) -> Result<&dyn Any, Cycle> {
        let slot = self.slot(index as usize, places.count() as usize);
        if slot.value.get().is_none() {
            let making = Making::start(&slot.making)?;
            slot.value.set(make(), places.owner(index));
            drop(making);
        }
        slot.value.get().ok_or(Cycle)
    }

    /// Drops the value at `index`, if it was made. Returns whether it was.
    ///
    /// # Safety
    ///
    /// There is no reference to the value.
    #[expect(unsafe_code, reason = "the contract of `Value::revoke`, handed on")]
    pub(crate) unsafe fn revoke(&self, index: u32) -> bool {
        let (mut link, mut index) = (&self.first, index as usize);
        while let Some(block) = link.get() {
            match block.slots.get(index) {
                // SAFETY: the caller's promise.
                Some(slot) => return unsafe { slot.value.revoke() },
                None => (link, index) = (&block.next, index - block.slots.len()),
            }
        }
        false
    }

    fn slot(&self, index: usize, n_placed: usize) -> &Slot {
        let (mut link, mut start) = (&self.first, 0);
        loop {
            let block = link.get_or_init(|| Block::new(n_placed.max(index + 1) - start));
            match block.slots.get(index - start) {
                Some(slot) => return slot,
                None => (link, start) = (&block.next, start + block.slots.len()),
            }
        }
    }
}

impl Block {
    fn new(n_slots: usize) -> Box<Self> {
        let slots = (0..n_slots).map(|_| Slot::default()).collect();
        Box::new(Self { slots, next: Link::new() })
    }
}

/// Marks a value as being made, until dropped: also by a panic of the initialiser, which may then be tried again.
struct Making<'a>(&'a Cell<bool>);

impl<'a> Making<'a> {
    fn start(making: &'a Cell<bool>) -> Result<Self, Cycle> {
        match making.replace(true) {
            true => Err(Cycle),
            false => Ok(Self(making)),
        }
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::RefCell,
        panic::{AssertUnwindSafe, catch_unwind},
        rc::Rc,
    };

    use super::*;

    /// So many indices.
    fn placed(n: u32) -> Places {
        let places = Places::new(|_, _| ());
        for _ in 0..n {
            places.take();
        }
        places
    }

    fn number(slots: &Slots, index: u32, n_placed: u32, make: impl FnOnce() -> u32) -> u32 {
        *slots.get_or_make(index, &placed(n_placed), || Box::new(make())).unwrap().downcast_ref().unwrap()
    }

    #[test]
    fn a_value_is_made_once() {
        let slots = Slots::default();
        assert!(slots.get(0).is_none() && slots.first.get().is_none(), "no memory without values");
        assert_eq!(number(&slots, 1, 3, || 10), 10);
        assert_eq!(number(&slots, 1, 3, || 11), 10);
        assert_eq!(number(&slots, 0, 3, || 12), 12);
        assert_eq!(slots.first.get().unwrap().slots.len(), 3);
    }

    #[test]
    fn room_grows_and_values_stay() {
        let slots = Slots::default();
        let first: *const dyn Any = slots.get_or_make(0, &placed(1), || Box::new(0_u32)).unwrap();
        for index in [1, 5, 2, 9] {
            assert_eq!(number(&slots, index, 6, || index), index);
        }
        assert_eq!(number(&slots, 5, 6, || 0), 5);
        let made: Vec<u32> = (0..20).filter(|index| slots.get(*index).is_some()).collect();
        assert_eq!(made, [0, 1, 2, 5, 9]);
        assert!(slots.get(u32::MAX).is_none());
        let again: *const dyn Any = slots.get_or_make(0, &placed(10), || Box::new(1_u32)).unwrap();
        assert!(std::ptr::addr_eq(first, again));
    }

    #[test]
    fn a_panic_while_making_leaves_no_trace() {
        let slots = Slots::default();
        let made = catch_unwind(AssertUnwindSafe(|| number(&slots, 0, 1, || panic!("on purpose"))));
        assert!(made.is_err());
        assert_eq!(number(&slots, 0, 1, || 2), 2);
    }

    #[test]
    fn a_value_that_needs_itself_is_refused() {
        let slots = Slots::default();
        let answer = slots.get_or_make(0, &placed(2), || {
            let other = number(&slots, 1, 2, || {
                assert!(slots.get_or_make(0, &placed(2), || Box::new(())).is_err());
                1
            });
            Box::new(other)
        });
        assert_eq!(answer.unwrap().downcast_ref(), Some(&1_u32));
    }

    /// Writes its number down when dropped, and panics if it is odd.
    struct Witness(u32, Rc<RefCell<Vec<u32>>>);

    impl Drop for Witness {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
            assert!(self.0.is_multiple_of(2), "on purpose");
        }
    }

    #[test]
    #[expect(unsafe_code, reason = "nobody has a reference")]
    fn a_revoked_value_is_made_again() {
        let dropped = Rc::new(RefCell::new(Vec::new()));
        let slots = Slots::default();
        for index in [2, 3] {
            assert!(
                slots.get_or_make(index, &placed(1), || Box::new(Witness(index, dropped.clone()))).is_ok()
            );
        }
        for (index, was_made) in [(0, false), (3, true), (3, false), (99, false)] {
            // SAFETY: what `get_or_make` gave was dropped.
            assert_eq!(unsafe { slots.revoke(index) }, was_made);
        }
        assert_eq!(*dropped.borrow(), [3], "its panic goes nowhere");
        assert!(slots.get(3).is_none());
        assert_eq!(number(&slots, 3, 1, || 7), 7);
        drop(slots);
        assert_eq!(*dropped.borrow(), [3, 2]);
    }

    #[test]
    fn one_panic_in_drop_spares_the_rest() {
        let dropped = Rc::new(RefCell::new(Vec::new()));
        let slots = Slots::default();
        for index in 0..4 {
            let made = slots.get_or_make(index, &placed(2), || Box::new(Witness(index, dropped.clone())));
            assert!(made.is_ok());
        }
        drop(slots);
        assert_eq!(*dropped.borrow(), [0, 1, 2, 3]);
    }

    #[test]
    fn a_panic_in_drop_is_no_second_one_while_unwinding() {
        let dropped = Rc::new(RefCell::new(Vec::new()));
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let slots = Slots::default();
            let made = slots.get_or_make(0, &placed(1), || Box::new(Witness(1, dropped.clone())));
            assert!(made.is_err(), "on purpose, with the slots alive");
        }));
        assert!(outcome.is_err());
        assert_eq!(*dropped.borrow(), [1]);
    }
}
