//! The tracer thread: one loop that takes a stop through all stages.
//!
//! ```text
//! kernel ─wait─▶ observe ─RawStop─▶ decode ─Stop─▶ apply (Table) ─Change─▶ translate ─Event─▶ tell ─Action─▶ resume ─ptrace─▶ kernel
//! ```
//!
//! `run` is the loop, and `going_on` the way out of it. The translation of each kind of change has a file: `entry` (a call that is about to
//! be made), `ids` and `creds` (it has changed them), `birth`, `orphan`, `exec`, `signals`, `death`,
//! `root` (a command up to its gate), `before_exec` (from there to its exec).
//! `search` attaches to a tree that lives, and `found` tells of who was there; `letting_go` ends without an end of the tree.
//! `watching` changes who is told while it runs. `reports`, `call_reports` and `signal_reports` tell the engines of a task,
//! `delivery` does what they say of a signal, `reaping` is their end, and `holding` keeps it stopped for them, as the `verdict`
//! says.
//! `notify` does work before a task is in user mode, `returns` has one that waits in a call trap at its end, and `quiet_steps` takes one
//! to its signals first.

mod before_exec;
mod birth;
mod call_reports;
mod creds;
mod death;
mod delivery;
mod entry;
mod exec;
mod found;
mod going_on;
mod holding;
mod ids;
mod letting_go;
mod notify;
mod orphan;
mod quiet_steps;
mod reaping;
mod refuse;
mod reports;
mod request;
mod returns;
mod root;
mod run;
mod search;
mod signal_reports;
mod signals;
mod thread;
mod untraced;
mod verdict;
mod watching;

pub(crate) use request::{Line, Request};
use root::Admitted;
pub(crate) use root::{Admission, Seat};
pub(crate) use run::Tracer;
pub(crate) use thread::{Plan, refuse_on_tracer_thread, start};
