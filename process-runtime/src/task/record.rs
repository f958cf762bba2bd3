//! One task's record.

use std::os::fd::OwnedFd;
use std::rc::Rc;

use watchers::{CloneFlags, Credentials, CredsChange, Errno, ExitStatus, Ids, Task, Tid};

use super::{Group, Root};
use crate::arch::Registers;
use crate::engine::Place;
use crate::notify::Motion;
use crate::syscall::Call;

/// What we remember about one task of the tree.
#[derive(Debug)]
pub(crate) struct Record {
    /// What watchers see.
    pub(crate) task: Rc<Task>,
    /// Its process.
    pub(crate) group: Rc<Group>,
    /// The command that it descends from.
    pub(crate) root: Rc<Root>,
    /// Where in its life it is.
    pub(crate) phase: Phase,
    /// What its current system call began and its end will settle.
    pub(crate) pending: Pending,
    /// The ids that the kernel last told, where ids are watched.
    pub(crate) credentials: Option<Credentials>,
    /// Where it is, between user mode and the kernel.
    pub(crate) motion: Motion,
    /// What it was called, if it has its leader's tid, and its `exec` was not told.
    pub(crate) moved_from: Option<Tid>,
    /// The status that its `exit` was told with.
    pub(crate) exited: Option<ExitStatus>,
}

/// Where in its life a task is.
#[derive(Debug)]
pub(crate) enum Phase {
    /// A spawned command that is seized and waits, before its exec, for a byte on this pipe.
    AtGate(OwnedFd),
    /// A spawned command between the gate and its first exec.
    BeforeExec,
    /// It lives.
    Alive,
    /// It is stopped at its fork event until `child` has stopped too.
    Parked { child: Tid },
    /// It was dead when it was found, and stays as long as other threads of its process live. Nobody traces it; this is what its
    /// parent would get now.
    DeadLeader(ExitStatus),
}

impl Phase {
    /// Whether it is still on its way to its first exec: it is not what it is going to be, is followed call by call, and std waits
    /// for it.
    pub(crate) fn is_before_exec(&self) -> bool {
        matches!(self, Phase::AtGate(_) | Phase::BeforeExec)
    }
}

/// What a task's current system call began.
#[derive(Debug)]
pub(crate) enum Pending {
    /// Nothing that needs an end.
    Nothing,
    /// A fork whose `init` was told.
    Clone(CloneCall),
    /// A change of ids that were these before, with the call's arguments.
    Ids { call: Call, wanted: [u32; 3], old: Ids },
    /// Another change of credentials.
    Creds(CredsCall),
    /// A fork that was refused, and is made such that the kernel refuses it, too: the registers before it, and what it
    /// returns.
    Refused { home: Box<Registers>, errno: Errno },
}

/// A call that changes credentials other than ids, between its entry and its end.
#[derive(Debug)]
pub(crate) struct CredsCall {
    /// Which call.
    pub(crate) call: Call,
    /// What it changes if it succeeds.
    pub(crate) change: CredsChange,
    /// What the kernel said of that before the call, if it could be read.
    pub(crate) before: Option<Vec<u8>>,
}

/// A fork between its `init` and its `clone` or `free`.
#[derive(Debug)]
pub(crate) struct CloneCall {
    /// The child to be.
    pub(crate) task: Rc<Task>,
    /// What the caller asked for.
    pub(crate) flags: CloneFlags,
    /// What was changed for the call and is to be put back.
    pub(crate) restore: Option<Restore>,
}

/// What a call was changed in.
#[derive(Debug)]
pub(crate) enum Restore {
    /// Its number and arguments; these were the registers before.
    Registers(Box<Registers>),
    /// A word of memory; this was it before.
    Memory { address: u64, word: u64 },
}

impl Record {
    /// A record of a task that is about to live.
    pub(crate) fn new(task: Rc<Task>, group: Rc<Group>, root: Rc<Root>) -> Box<Record> {
        Box::new(Record {
            task,
            group,
            root,
            phase: Phase::Alive,
            pending: Pending::Nothing,
            credentials: None,
            motion: Motion::Stopped(Place::Boundary),
            moved_from: None,
            exited: None,
        })
    }

    /// The fork that it is in, if `init` was told of one.
    pub(crate) fn clone_call(&self) -> Option<&CloneCall> {
        match &self.pending {
            Pending::Clone(call) => Some(call),
            Pending::Nothing | Pending::Ids { .. } | Pending::Creds(_) | Pending::Refused { .. } => None,
        }
    }

    /// Its task, and the child that it may be making.
    pub(crate) fn tasks_mut(&mut self) -> impl Iterator<Item = &mut Rc<Task>> {
        let child = match &mut self.pending {
            Pending::Clone(call) => Some(&mut call.task),
            Pending::Nothing | Pending::Ids { .. } | Pending::Creds(_) | Pending::Refused { .. } => None,
        };
        [Some(&mut self.task), child].into_iter().flatten()
    }

    /// Takes what its system call began.
    pub(crate) fn take_pending(&mut self) -> Pending {
        std::mem::replace(&mut self.pending, Pending::Nothing)
    }
}
