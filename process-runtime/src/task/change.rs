//! What a stop altered in the table, or asks to be looked at.

use std::rc::Rc;

use watchers::{ExitStatus, Signal, Tid};

use super::{CloneCall, Group, Record, Root};
use crate::syscall::Entry;

/// What one stop of one task means for the tree.
#[derive(Debug)]
pub(crate) enum Change {
    /// Nothing of ours: restart it.
    None,
    /// A signal is about to be delivered.
    Signal(Signal),
    /// It stopped with its group: keep it so.
    GroupStop,
    /// It must wait, stopped, for another task.
    Park,
    /// There is nothing to restart.
    Dead,
    /// A spawned command is traced and waits at its gate.
    AtGate,
    /// A task enters a system call.
    Entering { entry: Entry, stopped_by: StoppedBy },
    /// The system call that it was in returns.
    Leaving { result: i64 },
    /// A task has made `child`; `call` is the fork that `init` was told of.
    Made { child: Tid, call: Option<CloneCall> },
    /// A child and its creator's report are both here.
    Born(Birth),
    /// A new image is loaded; the former leader is gone if another thread called.
    Exec { leader: Option<Box<Record>>, old_tid: Option<Tid> },
    /// It is about to die.
    Exiting(ExitStatus),
    /// A task that we know has trapped, though nobody asked it to.
    Trapped,
    /// It is about to be in user mode, at a point where it was to stop for work of ours.
    Returned,
    /// It does not make the call that it was about to make, but comes back to where it made it.
    TurnedBack,
    /// It is dead. With a leader goes whoever of its group has vanished without a status of its own.
    Gone { record: Box<Record>, status: ExitStatus, vanished: Vec<Record> },
    /// A child died before its first stop.
    BornDead { birth: Birth, status: ExitStatus },
}

/// What made a task stop at the entry of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoppedBy {
    /// Our filter.
    OurFilter,
    /// A filter of the task's own.
    ForeignFilter,
    /// It was restarted up to its next system call.
    AnyCall,
}

/// A child that the kernel has made, all of it known.
#[derive(Debug)]
pub(crate) struct Birth {
    /// The child's tid.
    pub(crate) child: Tid,
    /// The fork that made it.
    pub(crate) call: CloneCall,
    /// The group of the creator, for a thread.
    pub(crate) creator_group: Option<Rc<Group>>,
    /// The command that the creator descends from.
    pub(crate) root: Rc<Root>,
    /// The creator, if it is parked for this child.
    pub(crate) parked: Option<Tid>,
    /// How the child has stopped.
    pub(crate) first_stop: FirstStop,
}

/// What a new task's first stop is.
///
/// KERNEL: a task that is born into a group that is stopping reports that group-stop first
/// (kernel/signal.c `do_jobctl_trap`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FirstStop {
    /// It can run.
    #[default]
    Alone,
    /// It stays stopped with its group.
    WithGroup,
    /// It was killed before it ran; this is its exit.
    Dying(ExitStatus),
}
