//! What a panic says.

use std::{
    any::Any,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Tells the message of a panic that was caught, and drops what it was thrown with, which may panic in turn.
pub(crate) fn tell(payload: Box<dyn Any + Send>, hear: impl FnOnce(&str)) {
    hear(match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(message), _) => message,
        (_, Some(message)) => message.as_str(),
        _ => "a panic without a message",
    });
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
}
