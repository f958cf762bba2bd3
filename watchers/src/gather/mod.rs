//! Where the registrations of this program come from: one file per gatherer.
//!
//! Required of each: `fn registrations() -> Result<Vec<Registered>, Garbled>`, in any order. What emits them is the
//! file of the same name in `watchers-macros/src/gather`. Dispatch never sees which one it was.
//!
//! | gatherer | chosen by | link-time table | before `main` |
//! |---|---|---|---|
//! | `section` | nothing: the default | read-only in the file, no relocation | nothing runs |
//! | `linkme` | the feature `linkme` | writable | nothing runs |
//! | `inventory` | the feature `inventory`, without `linkme` | writable | a constructor for each watcher |

#[cfg(not(gatherer = "section"))]
pub(crate) mod entry;
#[cfg(gatherer = "inventory")]
mod inventory;
#[cfg(gatherer = "linkme")]
pub(crate) mod linkme;
#[cfg(gatherer = "section")]
mod section;

#[cfg(gatherer = "inventory")]
pub(crate) use inventory::registrations;
#[cfg(gatherer = "linkme")]
pub(crate) use linkme::registrations;
#[cfg(gatherer = "section")]
pub(crate) use section::registrations;

use crate::{image::Registration, linked::Thunk};

/// A registration in the running program.
pub(crate) type Registered = Registration<'static, Thunk>;
