//! [`Value`]: one value of a task's data, which is made once and may be revoked with the module that it belongs to.
//!
//! A reference to the value lives as long as one to the task. Revoking it is sound where nobody can have either, which the caller knows.
#![allow(unsafe_code, reason = "what is lent with the task is taken back before the task goes")]

use std::{
    any::Any,
    cell::Cell,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::places::Keep;

/// A value that is made on first use.
#[derive(Default)]
pub(crate) struct Value {
    made: Cell<Option<Box<dyn Any>>>,
    /// The module whose code drops the value; it goes after that.
    keep: Cell<Option<Keep>>,
}

impl Value {
    /// The value, if it was made.
    #[inline]
    pub(crate) fn get(&self) -> Option<&dyn Any> {
        // SAFETY: what is in the cell is replaced only where it is `None`, by `set`, and taken out by `revoke`, whose caller has promised
        // that no reference is left, and by `drop`. A shared reference to it is made nowhere else.
        unsafe { &*self.made.as_ptr() }.as_deref()
    }

    /// Puts the value in, unless there is one, which then stays.
    pub(crate) fn set(&self, value: Box<dyn Any>, keep: Option<Keep>) {
        if self.get().is_none() {
            self.keep.set(keep);
            self.made.set(Some(value));
        }
    }

    /// Drops the value; it may be made again.
    ///
    /// A value whose `Drop` panics has been reported by the panic hook; it must not keep the next ones from being dropped, nor the tracer
    /// from going on.
    ///
    /// # Safety
    ///
    /// There is no reference that [`get`](Self::get) has given.
    pub(crate) unsafe fn revoke(&self) {
        if let Some(value) = self.made.take()
            && let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value)))
        {
            // A payload's own `Drop` may panic in turn.
            mem::forget(payload);
        }
        self.keep.set(None);
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: the reference is exclusive.
        unsafe { self.revoke() };
    }
}
