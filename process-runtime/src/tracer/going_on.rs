//! The way out of a stop: how a task goes on, and stage 6.

use watchers::Tid;

use super::Tracer;
use crate::interest::Mode;
use crate::notice::Notice;
use crate::notify::Motion;
use crate::resume::{Action, resume};
use crate::sys::ptrace;
use crate::tracee::Stopped;

impl Tracer {
    /// Whether anybody has business of their own with tasks, besides watchers.
    #[inline(always)]
    pub(super) fn has_other_business(&self) -> bool {
        self.audience.origin.has_other_business()
    }

    /// Stage 6.
    #[inline(never)]
    pub(super) fn resume(&mut self, stopped: Stopped, action: Action) {
        if self.has_other_business() {
            return self.resume_among_others(stopped, action);
        }
        // One that is parked stays where it is, or was let go meanwhile by whoever it has waited for.
        if action != Action::Park {
            let mode = self.mode_of(&stopped);
            self.go_on(stopped, action, mode);
        }
    }

    /// Stage 6, where there is such business.
    #[cold]
    fn resume_among_others(&mut self, stopped: Stopped, action: Action) {
        let mode = self.mode_of(&stopped);
        let Some(action) = self.back_from_detour(stopped.tid(), action) else { return };
        let (action, mode) = self.as_engines_allow(&stopped, action, mode);
        match self.as_work_demands(&stopped, action, mode) {
            None | Some((Action::Park, _)) => {}
            Some((action, mode)) => self.go_on(stopped, action, mode),
        }
    }

    /// A task that cannot be restarted is reported, not waited for.
    #[inline(always)]
    fn go_on(&mut self, stopped: Stopped, action: Action, mode: Mode) {
        let tid = stopped.tid();
        if let Some(record) = self.table.get_mut(tid) {
            record.motion = Motion::after(record.motion.place(), action, mode);
        }
        if let Err(errno) = resume(stopped, action, mode) {
            self.audience.notice(&Notice::Lost { tid, request: "resume", errno });
        }
    }

    /// A remote call may have taken the task to another stop: its end, which decides how it goes on; or past a
    /// stop for which it makes up now.
    ///
    /// KERNEL: a task that is interrupted while it is stopped traps on its way to user mode, unless it meets
    /// another ptrace-stop before that (kernel/signal.c `ptrace_stop`); then it is interrupted there.
    pub(super) fn back_from_detour(&self, tid: Tid, action: Action) -> Option<Action> {
        let detours = &self.audience.origin.detours;
        if detours.has_put_off(tid) {
            return None;
        }
        if !detours.owes(tid) {
            return Some(action);
        }
        // ESRCH: it was killed.
        let _ = ptrace::interrupt(tid);
        Some(if action == Action::Listen { Action::Continue(None) } else { action })
    }
}
