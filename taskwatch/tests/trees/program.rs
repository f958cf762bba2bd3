//! The programs that `treegrow` runs: what they are made of and how they are written down.
//!
//! A program is the [`Block`] of the command's first task. The letters are `treegrow.c`'s; what a program
//! does to the tree of tasks is in `model.rs`.

use std::fmt::{self, Display, Formatter};

/// How a task is made. One letter each in a written program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fork,
    Vfork,
    Clone,
    Clone3,
    /// `CLONE_VM|CLONE_VFORK` on a stack of its own, as `posix_spawn` does.
    Spawn,
    Spawn3,
    /// `CLONE_VM` alone: two processes run in one address space.
    SharedMemory,
    /// `CLONE_PARENT`: the creator's parent becomes the parent.
    Sibling,
    /// No signal at the exit.
    Silent,
    /// `CLONE_FS|CLONE_FILES`, SIGURG at the exit.
    SharedFiles,
    Untraced,
    Untraced3,
    /// `CLONE_CLEAR_SIGHAND`, which only clone3 knows.
    ClearHandlers,
    Thread,
    Thread3,
}

impl Kind {
    pub(crate) const PROCESSES: [Self; 13] = [
        Self::Fork,
        Self::Vfork,
        Self::Clone,
        Self::Clone3,
        Self::Spawn,
        Self::Spawn3,
        Self::SharedMemory,
        Self::Sibling,
        Self::Silent,
        Self::SharedFiles,
        Self::Untraced,
        Self::Untraced3,
        Self::ClearHandlers,
    ];

    fn letter(self) -> char {
        match self {
            Self::Fork => 'F',
            Self::Vfork => 'V',
            Self::Clone => 'C',
            Self::Clone3 => 'D',
            Self::Spawn => 'M',
            Self::Spawn3 => 'N',
            Self::SharedMemory => 'L',
            Self::Sibling => 'P',
            Self::Silent => 'O',
            Self::SharedFiles => 'R',
            Self::Untraced => 'U',
            Self::Untraced3 => 'A',
            Self::ClearHandlers => 'B',
            Self::Thread => 'T',
            Self::Thread3 => 't',
        }
    }

    /// As clone(2)'s flags, with the exit signal in the low byte.
    pub(crate) fn flags(self) -> u64 {
        const SIGCHLD: u64 = 17;
        const SIGURG: u64 = 23;
        match self {
            Self::Fork | Self::Clone | Self::Clone3 => SIGCHLD,
            Self::Vfork | Self::Spawn | Self::Spawn3 => 0x4100 | SIGCHLD,
            Self::SharedMemory => 0x100 | SIGCHLD,
            Self::Sibling => 0x8000 | SIGCHLD,
            Self::Silent => 0,
            Self::SharedFiles => 0x600 | SIGURG,
            Self::Untraced | Self::Untraced3 => 0x80_0000 | SIGCHLD,
            Self::ClearHandlers => 0x1_0000_0000 | SIGCHLD,
            Self::Thread | Self::Thread3 => 0x25_0f00,
        }
    }

    pub(crate) fn is_thread(self) -> bool {
        matches!(self, Self::Thread | Self::Thread3)
    }

    /// The creator waits in the kernel until the child has called exec or is gone.
    pub(crate) fn is_vfork(self) -> bool {
        matches!(self, Self::Vfork | Self::Spawn | Self::Spawn3)
    }

    /// The creator can wait for the child.
    pub(crate) fn is_own_child(self) -> bool {
        !self.is_thread() && self != Self::Sibling
    }
}

/// What the creator does with a child right after it has made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Nothing,
    /// Sends a signal at once: the child may be anywhere in its program, or at its end.
    Kill(i32),
    /// Waits until the child has stopped itself, then continues it.
    Continue,
    /// Waits until the child has stopped itself, then kills it: the child is exactly there.
    KillStopped(i32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Make {
        kind: Kind,
        block: Block,
        then: Then,
    },
    Wait,
    Yield,
    /// A clone that the kernel refuses with EINVAL.
    Refused,
    /// An exec of a file that is not there.
    ExecMissing,
    IgnoreChildren,
    ConfirmUser,
    ConfirmGroup,
    RealTimeSignal,
    Session,
    /// Wait until every other thread of the process is parked or gone.
    Barrier,
    /// Stop this process; the creator's [`Then`] says what follows.
    Stop,
}

/// The last thing a task does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The block just ends: a process exits with 0, a thread too.
    Fall,
    /// `exit`: this thread only.
    Exit(i32),
    ExitGroup(i32),
    /// A signal to the own process, then park.
    SignalProcess(i32),
    /// A signal to the own thread, then park.
    SignalThread(i32),
    /// Never run again; somebody else ends the process.
    Park,
    Exec(Box<Block>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

impl Display for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            write!(f, "{step}")?;
        }
        match &self.end {
            End::Fall => Ok(()),
            End::Exit(code) => write!(f, "q{code}"),
            End::ExitGroup(code) => write!(f, "e{code}"),
            End::SignalProcess(signal) => write!(f, "z{signal}"),
            End::SignalThread(signal) => write!(f, "y{signal}"),
            End::Park => write!(f, "p"),
            End::Exec(block) => write!(f, "x{{{block}}}"),
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Make { kind, block, then } => {
                write!(f, "{}{{{block}}}", kind.letter())?;
                match then {
                    Then::Nothing => Ok(()),
                    Then::Kill(signal) => write!(f, "k{signal}"),
                    Then::Continue => write!(f, "sc"),
                    Then::KillStopped(9) => write!(f, "sk9"),
                    Then::KillStopped(signal) => write!(f, "sk{signal}c"),
                }
            }
            Self::Wait => write!(f, "w"),
            Self::Yield => write!(f, "l"),
            Self::Refused => write!(f, "f"),
            Self::ExecMissing => write!(f, "g"),
            Self::IgnoreChildren => write!(f, "i"),
            Self::ConfirmUser => write!(f, "u"),
            Self::ConfirmGroup => write!(f, "v"),
            Self::RealTimeSignal => write!(f, "r"),
            Self::Session => write!(f, "m"),
            Self::Barrier => write!(f, "j"),
            Self::Stop => write!(f, "h"),
        }
    }
}
