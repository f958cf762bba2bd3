//! What a task still holds when it ends: the user-space kin of lockdep and of irqflags tracing.
//!
//! The kernel's lockdep keeps, for each task, a stack of the locks that it holds, empty at birth, and complains of one that
//! ends with a lock. From outside, a supervisor cannot see a program's mutexes, which are words of its memory. It can see:
//!
//! * its own resources: what it has given to a task and the task to it is a matter of [`take`] and [`release`], counted per
//!   task from zero at `init`;
//! * the file locks of a process (flock(2), fcntl(2), lockf(3)), which the kernel drops when the process ends with no word to
//!   anybody. A program that counts on that is right, one that was killed in the middle of an update is not; both are told.
//!
//! # Use
//!
//! Linked into a supervisor, which says who is told:
//!
//! ```no_run
//! use process_runtime::Supervisor;
//! use std::process::Command;
//! use watchers_lockdep::Lockdep;
//!
//! let lockdep = Lockdep::telling(|held| eprintln!("{held}"));
//! Supervisor::builder().data(lockdep).run(Command::new("make"))?;
//! # Ok::<(), process_runtime::Error>(())
//! ```
//!
//! As a module (or linked in by `use watchers_lockdep as _;`), where the environment of the supervisor says so:
//!
//! ```sh
//! WATCHERS_LOCKDEP=1 taskwatch --module libwatchers_lockdep.so -- apt-get update
//! ```
//!
//! ```text
//! lockdep: task 4711 ends holding /var/lib/apt/lists/lock (POSIX)
//! ```
//!
//! | variable | means |
//! |---|---|
//! | `WATCHERS_LOCKDEP` | set to anything: a line on stderr for each task that ends holding something |
//!
//! # What is told, and what is not
//!
//! Resources are told for each task, at its `exit`; file locks for each process, at the `exit` of its last task, while its
//! files are still open. A lock of an open file that another process has, too (inherited over fork), lives on and is told
//! all the same: it is this process's by the kernel's list. Where the exit stop was skipped (`late`) the files are closed
//! already, and only resources are told. Of another user's processes an ordinary supervisor sees no files.
//!
//! # The rows of 2006
//!
//! | event | irqflags, lockdep in the kernel | here |
//! |---|---|---|
//! | `init` | the counters of the new task are zero | the same, for threads, too: nothing is inherited |
//! | `exit` | lockdep complains of a task that ends with a lock (`debug_check_no_locks_held`) | the same, with names |

#![forbid(unsafe_code)]

mod counters;
mod end;
mod file_locks;
mod held;

pub use counters::{depth, release, take};
pub use end::Lockdep;
pub use held::Held;
