//! Events: what happens to a task, one payload type for each.
//!
//! | file | owns |
//! |---|---|
//! | `kind` | [`EventKind`]: which event |
//! | `set` | [`EventSet`]: some of them |
//! | `init`, `clone`, `exec`, `ids`, `exit`, `free` | the payloads |
//! | here | [`Event`]: any of them, borrowed |

mod clone;
mod exec;
mod exit;
mod free;
mod ids;
mod init;
mod kind;
mod set;

pub use clone::CloneEvent;
pub use exec::{ExecEvent, ExecImage};
pub use exit::ExitEvent;
pub use free::{FreeEvent, Stillborn};
pub use ids::{GidEvent, Ids, UidEvent};
pub use init::InitEvent;
pub use kind::{EventKind, UnknownEvent};
pub use set::EventSet;

/// An event with its payload, for a watcher or observer of several events.
///
/// ```
/// use watchers::{Event, EventKind, ExitEvent, ExitStatus, Task};
///
/// fn births_and_deaths(task: &Task, event: Event<'_>) -> String {
///     match event {
///         Event::Init(init) => format!("{} comes with {}", task.id(), init.flags),
///         Event::Exit(exit) => format!("{} goes with {}", task.id(), exit.status),
///         other => format!("{} has {}", task.id(), other.kind()),
///     }
/// }
///
/// let exit = ExitEvent::new(ExitStatus::exited(1));
/// let event = Event::from(&exit);
/// assert_eq!(event.kind(), EventKind::Exit);
/// assert!(births_and_deaths(&Task::builder().build(), event).ends_with("goes with exit code 1"));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A task is about to be made.
    Init(&'a InitEvent),
    /// A task was made and has not run yet.
    Clone(&'a CloneEvent),
    /// A task has loaded a program and has not run it yet.
    Exec(&'a ExecEvent),
    /// A task has set user ids.
    Uid(&'a UidEvent),
    /// A task has set group ids.
    Gid(&'a GidEvent),
    /// A task is about to die.
    Exit(&'a ExitEvent),
    /// A task is gone, or never came to be.
    Free(&'a FreeEvent),
}

impl Event<'_> {
    /// Which event it is.
    pub const fn kind(self) -> EventKind {
        match self {
            Self::Init(_) => EventKind::Init,
            Self::Clone(_) => EventKind::Clone,
            Self::Exec(_) => EventKind::Exec,
            Self::Uid(_) => EventKind::Uid,
            Self::Gid(_) => EventKind::Gid,
            Self::Exit(_) => EventKind::Exit,
            Self::Free(_) => EventKind::Free,
        }
    }
}

macro_rules! event_from_payload {
    ($($Kind:ident($Payload:ident)),*) => {$(
        impl<'a> From<&'a $Payload> for Event<'a> {
            fn from(payload: &'a $Payload) -> Self {
                Self::$Kind(payload)
            }
        }
    )*};
}

event_from_payload! {
    Init(InitEvent), Clone(CloneEvent), Exec(ExecEvent), Uid(UidEvent), Gid(GidEvent), Exit(ExitEvent), Free(FreeEvent)
}
