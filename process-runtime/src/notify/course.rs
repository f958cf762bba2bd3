//! What is under way for one task: the work that it has, and what was done so that it stops for that.

use std::collections::VecDeque;
use std::rc::Rc;

use super::sight::Blocked;
use super::spaces::Space;
use super::work::Work;
use crate::aftermath::Aftermath;
use crate::arch::Registers;
use crate::interest::Mode;

/// One task's.
#[derive(Default)]
pub(crate) struct Course {
    pub(crate) queue: VecDeque<Work>,
    /// A call in which it waits, and at the end of which it traps.
    pub(crate) armed: Option<Armed>,
    /// Why it was interrupted since its last stop.
    pub(crate) interruption: Interruption,
    /// Until when an interruption may still be felt.
    pub(crate) aftermath: Aftermath,
    /// It was turned back at the entry of a call, where it stood like this.
    pub(crate) home: Option<Box<Registers>>,
    /// It stands at a point, having hit the trap there.
    pub(crate) has_hit: bool,
    /// The trap of this point is away until the task has passed.
    pub(crate) lifted: Option<(Rc<Space>, u64)>,
    /// It makes a step that nobody else knows of.
    pub(crate) steps: bool,
    /// All its system calls stop from now on.
    pub(crate) is_followed: bool,
}

/// A task that is blocked, and its trap.
pub(crate) struct Armed {
    pub(crate) space: Rc<Space>,
    pub(crate) blocked: Blocked,
}

impl Armed {
    pub(crate) fn address(&self) -> u64 {
        self.blocked.returns_to
    }
}

/// Whether we have interrupted the task, and what for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Interruption {
    #[default]
    None,
    /// Its work is done where it stops.
    ToServe,
    /// If it waits in a call, its work is done when that has ended by itself.
    ToFollow,
    /// It has come to the end of a call that an interruption has ended; it traps next, and makes the call again.
    ToRestart,
    /// It makes its call again, and has its work at the end of that.
    Restarting,
}

impl Course {
    pub(crate) fn interrupt(&mut self, why: Interruption) {
        (self.interruption, self.aftermath) = (why, Aftermath::BEGUN);
        self.is_followed |= why == Interruption::ToFollow;
    }

    /// Whether it will stop for its work by something that was done already.
    pub(crate) fn is_under_way(&self) -> bool {
        self.armed.is_some() || self.interruption != Interruption::None || self.home.is_some()
    }

    /// Whether something was done to the task that only its next stop can undo.
    pub(crate) fn awaits_a_stop(&self) -> bool {
        let is_interrupted = matches!(
            self.interruption,
            Interruption::ToServe | Interruption::ToFollow | Interruption::ToRestart
        );
        is_interrupted || self.home.is_some() || self.lifted.is_some() || self.steps
    }

    /// Whether it can be forgotten.
    pub(crate) fn is_over(&self) -> bool {
        let is_idle = self.queue.is_empty()
            && !self.is_under_way()
            && !self.is_followed
            && self.aftermath == Aftermath::OVER;
        is_idle && !self.has_hit && self.lifted.is_none() && !self.steps
    }

    pub(crate) fn mode(&self, mode: Mode) -> Mode {
        if self.is_followed { Mode::SyscallStops } else { mode }
    }
}
