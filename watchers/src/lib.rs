//! Task watchers: functions that are called when a task is made, executes, changes ids or ends.

mod builder;
mod data;
mod errno;
mod event;
mod flags;
mod id;
mod origin;
mod shared;
mod signal;
mod slots;
mod snapshot;
mod status;
mod task;
mod verdict;

pub use builder::TaskBuilder;
#[doc(hidden)]
pub use data::Slot;
pub use data::TaskData;
pub use errno::Errno;
pub use event::{
    CloneEvent, Event, EventKind, EventSet, ExecEvent, ExecImage, ExitEvent, FreeEvent, GidEvent, Ids,
    InitEvent, Stillborn, UidEvent, UnknownEvent,
};
pub use flags::CloneFlags;
pub use id::{Pid, TaskId, Tid};
pub use origin::{Credentials, Origin, Times};
pub use shared::{DuplicateData, SharedData};
pub use signal::Signal;
pub use snapshot::TaskSnapshot;
pub use status::ExitStatus;
pub use task::Task;
pub use verdict::{IntoVerdict, Verdict};
