//! Where the registrations of this program come from: one file per gatherer.
//!
//! Required of each: `fn registrations() -> Result<Vec<Registered>, Garbled>`, in any order. What emits them is the
//! file of the same name in `watchers-macros/src/gather`. Dispatch never sees which one it was.

mod section;

pub(crate) use section::registrations;

use crate::{image::Registration, table::Thunk};

/// A registration in the running program.
pub(crate) type Registered = Registration<'static, Thunk>;
