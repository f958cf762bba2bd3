//! [`Event`]: any of the events, with its payload.

use super::{
    CloneEvent, CredsEvent, EventKind, ExecEvent, ExitEvent, FoundEvent, FreeEvent, GidEvent, GroupDeadEvent,
    InitEvent, UidEvent,
};

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
    /// A task was there before its supervisor.
    Found(&'a FoundEvent),
    /// A task has changed its credentials, other than its ids.
    Creds(&'a CredsEvent),
    /// The last task of a thread group is gone.
    GroupDead(&'a GroupDeadEvent),
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
            Self::Found(_) => EventKind::Found,
            Self::Creds(_) => EventKind::Creds,
            Self::GroupDead(_) => EventKind::GroupDead,
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
    Init(InitEvent), Clone(CloneEvent), Exec(ExecEvent), Uid(UidEvent), Gid(GidEvent), Exit(ExitEvent), Free(FreeEvent),
    Found(FoundEvent), Creds(CredsEvent), GroupDead(GroupDeadEvent)
}
