//! What a stopped task with engines does next, as far as these are concerned.

use watchers::Tid;

use crate::engine::{EngineEvents, Place, Seat, Standing};
use crate::resume::Action;

/// What a stopped task with engines does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Go,
    /// It stays here.
    Hold,
    /// It goes on, and traps before it is in user mode.
    Trap,
    /// It goes on by a step into a handler, where what is due is done.
    Enter,
    /// It is about to be in user mode: what is due is done now.
    Settle,
}

impl Seat {
    /// It has stopped here.
    pub(super) fn arrive(&mut self, tid: Tid, place: Place) {
        (self.tid, self.place, self.stays, self.held) = (tid, place, false, None);
        self.list.arrive();
    }

    pub(super) fn verdict(&self, action: Action) -> Verdict {
        let is_due = self.list.is_something_due();
        match (self.place, action) {
            _ if self.stays => Verdict::Hold,
            (Place::Group, Action::Listen) if self.list.is_wanted_stopped() => Verdict::Hold,
            (_, Action::Listen | Action::Park | Action::Step(..)) => Verdict::Go,
            (Place::InCall | Place::Exit | Place::Passing, _) => Verdict::Go,
            (Place::IntoHandler, _) => Verdict::Enter,
            _ if !is_due => Verdict::Go,
            // It may stop its group first.
            (Place::Signal, Action::Continue(Some(_)) | Action::ToSyscallStop(Some(_)))
                if self.list.is_report_due() || self.list.is_wanted_stopped() =>
            {
                Verdict::Trap
            }
            _ => Verdict::Settle,
        }
    }

    /// It goes on. Whether every system call has to stop: engines want that, or this one's end is where something is due.
    pub(super) fn leave(&mut self, action: Action) -> bool {
        match action {
            Action::Park => return false,
            Action::Listen => self.list.stand(Standing::JobStopped),
            _ => self.list.stand(Standing::Running),
        }
        let is_due = self.place == Place::InCall && self.list.is_something_due();
        is_due || self.list.wants(EngineEvents::SYSCALLS)
    }
}
