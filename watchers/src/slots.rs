//! [`Slots`]: where a task keeps the values of the program's task data.
//!
//! *In:* an index, given to each [`TaskData`](crate::TaskData) once in the process. *Out:* the value, made on first use.
//! *Does not* know how many indices there will be: a task that lives longer than a module's loading has values in
//! two blocks. A task without values owns no memory here.

use std::{
    any::Any,
    cell::{Cell, OnceCell},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

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
    value: OnceCell<Box<dyn Any>>,
}

/// The value's initialiser is running already: it asked for its own value.
#[derive(Debug)]
pub(crate) struct Cycle;

impl Slots {
    /// The value at `index`, made by `make` if there is none yet.
    ///
    /// `n_placed` is the number of indices that exist, and greater than `index`: room is made for all at once.
    pub(crate) fn get_or_make(
        &self,
        index: usize,
        n_placed: usize,
        make: impl FnOnce() -> Box<dyn Any>,
    ) -> Result<&dyn Any, Cycle> {
        let slot = self.slot(index, n_placed);
        if let Some(value) = slot.value.get() {
            return Ok(&**value);
        }
        let making = Making::start(&slot.making)?;
        let value = slot.value.get_or_init(make);
        drop(making);
        Ok(&**value)
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

impl Drop for Slot {
    /// A value whose `Drop` panics has been reported by the panic hook; it must not keep the next ones from being dropped,
    /// nor the tracer from going on.
    fn drop(&mut self) {
        if let Some(value) = self.value.take()
            && let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value)))
        {
            // A payload's own `Drop` may panic in turn.
            mem::forget(payload);
        }
    }
}
