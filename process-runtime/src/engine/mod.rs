//! Engines: what is attached to single tasks while they live, any number to each, with a say in how it goes on.
//!
//! This folder is utrace's rules, and knows no kernel: `event` (the mask), `action` (answers and their merge), `list`
//! (who is attached, and who will be), `pass` (one report), `quiesce` (how the task goes on), `control` and `examine` (what is asked
//! from outside), `teardown`, `disposition` and `siginfo` (signals), `matching`, `error`. What users see of it besides is
//! `callbacks`, `death`, `report`, `attached`, `examination` and `hold`; `seat` is one task with engines,
//! `roster` is where a supervisor has them all. The stops come from
//! `tracer/{reports,holding}.rs`.

mod action;
mod attached;
mod callbacks;
#[cfg(test)]
mod code_rules;
mod control;
mod death;
mod disposition;
mod error;
mod event;
mod examination;
mod examine;
mod hold;
mod list;
mod matching;
#[cfg(test)]
#[expect(dead_code, reason = "tests/engines/replay.rs uses the rest")]
mod model;
#[cfg(test)]
mod model_test;
mod pass;
mod quiesce;
mod report;
mod roster;
#[cfg(test)]
mod rules;
mod seat;
mod siginfo;
#[cfg(test)]
mod signal_rules;
mod teardown;

pub use action::{ResumeAction, SignalAction, SignalAnswer, SyscallAction, SyscallAnswer};
pub use attached::Attached;
pub(crate) use callbacks::{Asked, Said};
pub use callbacks::{Engine, SignalReport, Syscall};
pub(crate) use control::Effect;
pub(crate) use death::Dead;
pub use death::{Death, DeathSignal, JobChange, JobControl, Notifier};
pub(crate) use disposition::{Delivery, Dispositions};
pub use error::EngineError;
pub use event::{EngineEvent, EngineEvents};
pub use examination::Examination;
pub use hold::Hold;
pub(crate) use list::{EngineId, Standing};
pub use matching::{Attach, Matching};
pub(crate) use pass::{Callback, Moment, Pass};
pub(crate) use quiesce::{Due, Next, Step};
pub use report::Report;
pub(crate) use roster::Roster;
pub(crate) use seat::{Guest, Held, Owed, Place, Seat};
pub use siginfo::Siginfo;
