//! Task watchers: functions that are called when a task is made, executes, changes ids or ends.
//!
//! A *task* is one thread of a program that somebody supervises. This crate says what can happen to it, what a watcher is
//! told and what it may answer. Who makes it happen is another crate's matter (`process-runtime`, with ptrace), or a test's.
//!
//! | | |
//! |---|---|
//! | [`Task`] | who it happens to: ids, parent, data |
//! | [`Event`], [`EventKind`], [`EventSet`] | what can happen: `init`, `clone`, `exec`, `uid`, `gid`, `exit`, `free`; `found`, `creds`, `group_dead` |
//! | [`InitEvent`] … [`GroupDeadEvent`] | what a watcher is told |
//! | [`Verdict`], [`IntoVerdict`] | what an `init` watcher answers: whether the task may be made |
//! | [`TaskData`], [`SharedData`] | what watchers remember, for each task and for all of a supervisor |
//! | [`Errno`], [`Signal`], [`ExitStatus`], [`CloneFlags`], [`Tid`], [`Pid`] | the kernel's numbers, with names |
//!
//! A watcher is an ordinary function with an attribute. The linker gathers it from whatever crate it is in, and it is
//! tested without any process:
//!
//! ```standalone_crate
//! use std::cell::Cell;
//! use watchers::{CloneFlags, Errno, Event, InitEvent, Task, Verdict, task_data, task_watcher};
//!
//! task_data! { static CHILDREN: Cell<u32> = |_task, _parent| Cell::new(0); }
//!
//! /// At most two children for every task.
//! #[task_watcher(init)]
//! fn two_children(task: &Task, _init: &InitEvent) -> Result<(), Errno> {
//!     let Some(parent) = task.parent() else { return Ok(()) };
//!     let n_children = CHILDREN.get(&parent);
//!     n_children.set(n_children.get() + 1);
//!     if n_children.get() > 2 { Err(Errno::EAGAIN) } else { Ok(()) }
//! }
//!
//! let init = InitEvent::new(CloneFlags::FORK);
//! let shell = Task::builder().build();
//! let fork = || watchers::notify(&Task::builder().parent(&shell).build(), Event::Init(&init));
//! assert_eq!([fork(), fork(), fork()], [Verdict::GO, Verdict::GO, Verdict::deny(Errno::EAGAIN)]);
//! ```

#[cfg(not(all(target_os = "linux", target_pointer_width = "64", target_endian = "little")))]
compile_error!("task watchers are for 64-bit little-endian Linux");

mod abi;
mod builder;
mod check;
mod data;
mod data_panicked;
mod dispatch;
mod elf;
mod errno;
mod event;
mod flags;
mod gather;
mod guarded;
mod id;
mod image;
mod linked;
mod macros;
mod module;
mod naming;
mod nearest;
mod note;
mod note_of_one;
mod object;
mod origin;
mod outcome;
mod page;
mod payload;
mod place;
mod places;
#[doc(hidden)]
pub mod private;
mod registry;
mod selection;
mod shared;
mod signal;
mod slots;
mod snapshot;
mod status;
mod table;
mod task;
mod tier;
mod timed;
mod value;
mod verdict;

pub use builder::TaskBuilder;
pub use check::TableError;
#[doc(hidden)]
pub use data::Slot;
pub use data::TaskData;
pub use data_panicked::{DataPanicked, data_panics, has_data_panics};
pub use dispatch::notify;
pub use errno::Errno;
pub use event::{
    CloneEvent, CredsChange, CredsEvent, Event, EventKind, EventSet, ExecEvent, ExecImage, ExitEvent,
    FoundEvent, FoundState, FreeEvent, GidEvent, GroupDeadEvent, Ids, InitEvent, Stillborn, UidEvent,
    UnknownEvent,
};
pub use flags::CloneFlags;
pub use id::{Pid, TaskId, Tid};
pub use macros::{expect, task_data, task_watcher};
pub use module::{Module, ModuleError, Unloaded};
pub use naming::UnknownWatcher;
pub use object::{ObjectError, OwnedWatcherInfo, read_object};
pub use origin::{Credentials, Origin, Times};
pub use outcome::{Outcome, PanicPolicy, Panicked, Refusal};
pub use registry::{WatcherInfo, registry, start};
pub use selection::Selection;
pub use shared::{DuplicateData, SharedData};
pub use signal::Signal;
pub use snapshot::TaskSnapshot;
pub use status::ExitStatus;
pub use task::Task;
pub use verdict::{IntoVerdict, Verdict};
