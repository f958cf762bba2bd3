//! A ptrace supervisor that calls task watchers for every task of a process tree.
//!
//! Commands run under a [`Supervisor`]; for every thread of their trees the functions registered with
//! `#[task_watcher]` are called at the exact point, and the observers of the supervisor after them. What
//! nobody watches runs at full speed.
//!
//! ```text
//!   kernel ──wait──▶ observe ──RawStop──▶ decode ──Stop──▶ apply (task table) ──Change──▶ translate ──Event──▶ deliver ──Action──▶ resume ──ptrace──▶ kernel
//! ```
//!
//! The modules are in that order: `tracer` is the loop, `stop` holds the first two stages, `task` the
//! third, `tracer`'s own files the fourth, `deliver` and `resume` the last two. `remote` is a way out of and
//! back into the fifth: a call that a stopped task makes for a watcher. `engine` is what is attached to single tasks,
//! and told at the same stops, between the fourth stage and the last.
//!
//! Where the events differ from those of the kernel patch of 2006 is listed in [`deviations`].

mod access;
mod aftermath;
mod arch;
mod attach;
mod attachment;
mod auxiliary;
mod builder;
mod child;
mod deliver;
pub mod deviations;
mod doorbell;
mod engine;
mod error;
mod filter;
mod foreign;
mod handle;
mod image;
mod inspect;
mod interest;
mod notice;
mod notify;
mod panicked;
mod proc;
mod remote;
mod resume;
mod spawn;
mod stop;
mod supervisor;
mod sys;
mod syscall;
mod task;
mod tracee;
mod tracer;
mod zombies;

pub use access::Plain;
pub use arch::{Registers, Role};
pub use attach::Obstacle;
pub use attachment::Attachment;
pub use builder::Builder;
pub use child::Child;
pub use engine::{
    Attach, Attached, Death, DeathSignal, Engine, EngineError, EngineEvent, EngineEvents, Examination, Hold,
    JobChange, JobControl, Matching, Notifier, Report, ResumeAction, Siginfo, SignalAction, SignalAnswer,
    SignalReport, Syscall, SyscallAction, SyscallAnswer,
};
pub use error::{Error, ErrorKind, SpawnStage};
pub use foreign::{reap_foreign, stop_with_the_job};
pub use handle::Handle;
pub use inspect::{Inspect, TaskExt};
pub use notice::Notice;
pub use notify::{NotifyBy, NotifyError, Resumption, Way};
pub use remote::CallError;
pub use spawn::spawn_aside;
pub use supervisor::Supervisor;
pub use watchers;
