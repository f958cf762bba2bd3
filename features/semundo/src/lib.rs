//! Undo on exit: what was registered for a task is carried out when it dies, whatever kills it.
//!
//! The kernel does this for System V semaphores (SEM_UNDO in semop(2)). Here it is for anything that a supervisor can take
//! back: a lease, a mount, a lock file, a device that was switched on.
//!
//! # Use
//!
//! Linked into a supervisor, from a watcher or an observer of its own:
//!
//! ```
//! use watchers::{ExecEvent, Task, task_watcher};
//!
//! #[task_watcher(exec)]
//! fn leave_no_lock(task: &Task, exec: &ExecEvent) {
//!     if exec.path().is_some_and(|path| path == "/usr/bin/apt-get") {
//!         let undo = watchers_semundo::register(task, || {
//!             let _ = std::fs::remove_file("/run/lock/packages");
//!         });
//!         assert!(undo.is_ok(), "a task that executes has not died");
//!     }
//! }
//! ```
//!
//! As a module (or linked in by `use watchers_semundo as _;`), where the environment of the supervisor says so:
//!
//! ```sh
//! WATCHERS_SEMUNDO='umount /mnt/build' taskwatch --module libwatchers_semundo.so -- ./build.sh
//! ```
//!
//! | variable | means |
//! |---|---|
//! | `WATCHERS_SEMUNDO` | a shell command that is carried out when a command that the supervisor runs has died, its pid in `$1` |
//!
//! # What is promised
//!
//! * Last first, each once, on the supervisor's own thread, which waits for it.
//! * When the task is gone: by exit, by a signal, SIGKILL too, by the end of its supervisor. Not if the supervisor itself is
//!   killed by SIGKILL, as then nobody is left who could.
//! * Tasks that are made with CLONE_SYSVSEM, as all threads are, share one list, which is carried out when the last of them
//!   is gone. Others begin with none. An exec changes nothing.
//! * An action that panics does not keep others from being carried out.
//!
//! # The row of 2006
//!
//! | event | semundo in the kernel | here |
//! |---|---|---|
//! | `init` | the list is shared with CLONE_SYSVSEM, one more sharer; without it there is none | the same |
//! | `free` | one sharer less; the last one applies every adjustment | the same. The kernel has applied its own by then |
//!
//! unshare(CLONE_SYSVSEM) ends a share in the kernel, and is not seen here. The kernel's adjustments of one semaphore are
//! sums, without an order.

#![forbid(unsafe_code)]

mod list;
mod sharer;
mod shell;

pub use list::Undo;
pub use sharer::register;
