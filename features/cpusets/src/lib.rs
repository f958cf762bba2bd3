//! Sets of processors: a command and all that it makes run on given processors from their first instruction on, and when
//! the last of them is gone, somebody is told.
//!
//! The kernel's cpusets do this for control groups, with privilege. Here a set belongs to a command of a supervisor. Each
//! task is placed by sched_setaffinity(2) before it has run; one that takes itself elsewhere later does so for itself only,
//! as its children are placed again.
//!
//! # Use
//!
//! Linked into a supervisor:
//!
//! ```no_run
//! use process_runtime::Supervisor;
//! use std::process::Command;
//! use watchers_cpusets::Cpuset;
//!
//! let set = Cpuset::of("0-1".parse()?).on_release(|| eprintln!("processors 0 and 1 are free again"));
//! Supervisor::builder().data(set).run(Command::new("make"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! As a module (or linked in by `use watchers_cpusets as _;`), where the environment of the supervisor says so:
//!
//! ```sh
//! WATCHERS_CPUSETS=0-1 taskwatch --module libwatchers_cpusets.so -- make
//! ```
//!
//! | variable | means |
//! |---|---|
//! | `WATCHERS_CPUSETS` | the processors, as cpuset(7) lists them: `0-2,5`; without it the watchers do nothing |
//! | `WATCHERS_CPUSETS_AGENT` | a shell command that is run when the last task of a command is gone, the list in `$1` |
//!
//! A list that is none, or has no processor that is online, refuses the command with EINVAL; the reason is on stderr.
//!
//! # The row of 2006
//!
//! | event | cpusets in the kernel | here |
//! |---|---|---|
//! | `init` | the child shares its parent's set, one more member | the same |
//! | `clone` | | the new task is placed. In the kernel it inherits the set with its first breath |
//! | `free` | one member less; after the last, perhaps the release agent | the same; a fork that failed leaves by its `free`, too |
//!
//! The kernel keeps tasks inside their set when they ask for other processors. Here they may leave: a supervisor does not
//! forbid sched_setaffinity(2).
//!
//! The supervisor waits for the agent; one that takes its time should go to the background by itself.

#![forbid(unsafe_code)]

mod cpuset;
mod list;
mod member;

pub use cpuset::Cpuset;
pub use list::{CpuList, ListError};
