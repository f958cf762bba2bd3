//! The tracer thread: one loop that takes a stop through all stages.
//!
//! ```text
//! kernel ─wait─▶ observe ─RawStop─▶ decode ─Stop─▶ apply (Table) ─Change─▶ translate ─Event─▶ tell ─Action─▶ resume ─ptrace─▶ kernel
//! ```
//!
//! `run` is the loop. The translation of each kind of change has a file: `entry` (a call that is about to
//! be made), `ids` (it has changed ids), `birth`, `orphan`, `exec`, `signals`, `death`, `root` (a command before its exec).

mod birth;
mod death;
mod entry;
mod exec;
mod ids;
mod orphan;
mod request;
mod root;
mod run;
mod signals;
mod thread;

pub(crate) use request::{Line, Request};
pub(crate) use root::Seat;
pub(crate) use run::Tracer;
pub(crate) use thread::{Plan, refuse_on_tracer_thread, start};
