//! System calls that a stopped task makes for a watcher.
//!
//! ```text
//! the event's stop ─▶ [exit of the call it is in] ─▶ entry of ours ─▶ exit of ours ─▶ [the event's stop again]
//! ```
//!
//! `call` is what a watcher sees; `place` says where the task stands, `instruction` finds it a way into the
//! kernel, `journey` leads it there and back by `passage`, stop by stop; `scratch` lends it memory; `detours`
//! is what is left for the loop to do; `error` says why not.

mod call;
mod detours;
mod error;
mod instruction;
mod journey;
mod passage;
mod place;
mod scratch;

pub(crate) use detours::Detours;
pub use error::CallError;
