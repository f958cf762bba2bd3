//! [`Guarded`]: a value of task data whose panics end where it was compiled.
//!
//! A module has a standard library of its own, and a panic that leaves it for the program's cannot be caught there: it would end the
//! process. So both that can panic, to make a value and to drop it, are guarded in code that is compiled with the value's type, and the
//! message is handed over as `&str` to a function of the dispatch's own.

use std::{
    any::type_name,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::payload;

/// Who is told what panicked: of which type the value is, and the message.
pub(crate) type Hear = fn(&str, &str);

/// A value, and who hears of the panic of its `Drop`.
pub(crate) struct Guarded<T> {
    /// `None` only while it is dropped.
    value: Option<T>,
    hear: Hear,
}

impl<T> Guarded<T> {
    /// Guards a value from here on: `make` may panic.
    pub(crate) fn new(make: impl FnOnce() -> T, hear: Hear) -> Self {
        Self { value: Some(make()), hear }
    }

    /// The same; a panic of `make` is told and leaves nothing.
    pub(crate) fn try_new(make: impl FnOnce() -> T, hear: Hear) -> Option<Self> {
        let made = catch_unwind(AssertUnwindSafe(|| Self::new(make, hear)));
        made.map_err(|payload| payload::tell(payload, |message| hear(type_name::<T>(), message))).ok()
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        let (value, hear) = (self.value.take(), self.hear);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
            payload::tell(payload, |message| hear(type_name::<T>(), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, panic::resume_unwind};

    use super::*;

    thread_local! {
        static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    fn hear(type_name: &str, message: &str) {
        HEARD.with_borrow_mut(|heard| heard.push(format!("{type_name}: {message}")));
    }

    fn heard() -> String {
        HEARD.take().join(", ")
    }

    /// Panics when it is dropped, with itself while it is told to.
    struct Spiteful(u32);

    impl Drop for Spiteful {
        fn drop(&mut self) {
            match self.0 {
                0 => panic!("enough"),
                left => resume_unwind(Box::new(Spiteful(left - 1))),
            }
        }
    }

    #[test]
    fn a_quiet_value() {
        let guarded = Guarded::try_new(|| String::from("quiet"), hear).unwrap();
        assert_eq!(guarded.get().unwrap(), "quiet");
        drop(guarded);
        assert_eq!(heard(), "");
    }

    #[test]
    fn a_panic_while_made() {
        let made: Option<Guarded<u8>> = Guarded::try_new(|| panic!("not {}", "today"), hear);
        assert!(made.is_none());
        assert_eq!(heard(), "u8: not today");
    }

    #[test]
    fn a_panic_while_dropped() {
        for (depth, message) in [(0, "enough"), (1, "a panic without a message")] {
            drop(Guarded::new(|| Spiteful(depth), hear));
            assert!(heard().ends_with(&format!("Spiteful: {message}")), "{depth}");
        }
    }

    #[test]
    fn a_panic_while_dropped_by_another_panic() {
        let outcome = catch_unwind(|| {
            let _guarded = Guarded::new(|| Spiteful(0), hear);
            panic!("the first");
        });
        assert!(outcome.is_err());
        assert!(heard().ends_with("Spiteful: enough"));
    }
}
