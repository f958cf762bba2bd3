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

    /// Drops the value, and then what was kept for it; it may be made again, also by its own `Drop`. Returns whether it was there.
    ///
    /// A value whose `Drop` panics has been reported by the panic hook; it must not keep the next ones from being dropped, nor the tracer
    /// from going on.
    ///
    /// # Safety
    ///
    /// There is no reference that [`get`](Self::get) has given.
    pub(crate) unsafe fn revoke(&self) -> bool {
        // Both before anything is dropped: the value's `Drop` may reach the task and have the value made again, with a keep of its own.
        let (value, keep) = (self.made.take(), self.keep.take());
        let was_made = value.is_some();
        if let Some(value) = value
            && let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value)))
        {
            // A payload's own `Drop` may panic in turn.
            mem::forget(payload);
        }
        drop(keep);
        was_made
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: the reference is exclusive.
        let _ = unsafe { self.revoke() };
    }
}

#[cfg(test)]
mod tests {
    use std::{
        rc::{Rc, Weak},
        sync::Arc,
    };

    use super::*;

    /// Has its place filled again when it is dropped, and writes down how many then kept its module.
    struct Phoenix {
        place: Weak<Value>,
        own: Arc<u8>,
        next: Keep,
        n_keeps: Rc<Cell<usize>>,
    }

    impl Drop for Phoenix {
        fn drop(&mut self) {
            if let Some(place) = self.place.upgrade() {
                place.set(Box::new(1_u32), Some(self.next.clone()));
            }
            self.n_keeps.set(Arc::strong_count(&self.own));
        }
    }

    #[test]
    fn a_value_that_is_made_again_while_it_is_dropped_keeps_what_is_its_own() {
        let (own, next) = (Arc::new(1), Arc::new(2_u8));
        let (place, n_keeps) = (Rc::new(Value::default()), Rc::new(Cell::new(0)));
        let phoenix = Phoenix {
            place: Rc::downgrade(&place),
            own: own.clone(),
            next: next.clone(),
            n_keeps: n_keeps.clone(),
        };
        place.set(Box::new(phoenix), Some(own.clone()));
        // SAFETY: nobody has a reference to the value.
        assert!(unsafe { place.revoke() });
        assert_eq!(n_keeps.get(), 3, "what is kept stays until the value has been dropped");
        assert_eq!((Arc::strong_count(&own), Arc::strong_count(&next)), (1, 2));
        assert_eq!(place.get().and_then(|value| value.downcast_ref()), Some(&1_u32));
        drop(place);
        assert_eq!(Arc::strong_count(&next), 1);
    }
}
