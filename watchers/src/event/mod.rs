//! Events: what happens to a task, one payload type for each.
//!
//! | file | owns |
//! |---|---|
//! | `kind` | [`EventKind`]: which event |
//! | `set` | [`EventSet`]: some of them |
//! | `init`, `clone`, `exec`, `ids`, `exit`, `free`, `found`, `creds`, `group_dead` | the payloads |
//! | `any` | [`Event`]: any of them, borrowed |

mod any;
mod clone;
mod creds;
mod exec;
mod exit;
mod found;
mod free;
mod group_dead;
mod ids;
mod init;
mod kind;
mod set;

pub use any::Event;
pub use clone::CloneEvent;
pub use creds::{CredsChange, CredsEvent};
pub use exec::{ExecEvent, ExecImage};
pub use exit::ExitEvent;
pub use found::{FoundEvent, FoundState};
pub use free::{FreeEvent, Stillborn};
pub use group_dead::GroupDeadEvent;
pub use ids::{GidEvent, Ids, UidEvent};
pub use init::InitEvent;
pub use kind::{EventKind, UnknownEvent};
pub use set::EventSet;
