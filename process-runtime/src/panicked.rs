//! What is left of a panic that was caught: what it said.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic said. What it was thrown with is dropped here, and may panic in turn: that says nothing more.
pub(crate) fn message(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("(no message)").to_owned();
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        mem::forget(another);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in the drop of a payload");
        }
    }

    #[test]
    fn what_panics_say() {
        assert_eq!(message(Box::new("a word")), "a word");
        assert_eq!(message(Box::new("two words".to_owned())), "two words");
        assert_eq!(message(Box::new(Bomb)), "(no message)");
    }
}
