//! How a signal becomes what engines have said.
//!
//! Most is done by the restart itself, which hands any signal on. What is not: a signal that is put back, one that is
//! made where there is none, and a default action that the program has arranged to be another.
//!
//! # Alternatives
//!
//! A signal is put back by having the task block it for a moment. Sending it once more, with the same siginfo, would
//! also do; but what the kernel has sent nobody else may send, and one for the whole process would become one for this
//! thread.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use watchers::{Errno, Signal, Task, Tid};

use super::Tracer;
use crate::engine::{Delivery, Dispositions, Owed, Place, ResumeAction, Said, Siginfo, SignalAction};
use crate::inspect::Inspect;
use crate::notice::Notice;
use crate::remote::CallError;
use crate::resume::Action;
use crate::sys::{ptrace, signal};
use crate::tracee::Stopped;

impl Tracer {
    /// Does what was said of a signal that is about to be delivered.
    pub(super) fn deliver(
        &mut self,
        stopped: &Stopped,
        task: &Rc<Task>,
        said: Said,
        arranged: Dispositions,
    ) -> Action {
        let Some(info) = said.info else { return self.drop_signal(stopped) };
        match arranged.delivery(info.signal(), said.action) {
            Delivery::Nothing => self.drop_signal(stopped),
            Delivery::Of(signal) => {
                // ESRCH: it was killed. What is delivered instead of this signal says so itself.
                let _ = stopped.set_siginfo(&info);
                self.hand_on(stopped, Some(signal))
            }
            Delivery::ByDefault(signal) => self.force(stopped, task, info.with_signal(signal)),
            Delivery::Later if info.signal() == Signal::SIGSTOP => self.send_again(stopped, task, info),
            Delivery::Later => self.put_back(stopped, task, &info),
        }
    }

    /// To the end of its queue, with all that came with it.
    ///
    /// KERNEL: a signal that is blocked by the time it is delivered goes back to its queue, and the next thing that the
    /// task does is the trap that we ask for here (kernel/signal.c `ptrace_signal`, `get_signal`). So it runs no
    /// instruction with this mask.
    fn put_back(&mut self, stopped: &Stopped, task: &Task, info: &Siginfo) -> Action {
        let (tid, signal) = (stopped.tid(), info.signal());
        let _ = stopped.set_siginfo(info);
        let blocked = ptrace::signal_mask(tid).and_then(|mask| {
            ptrace::set_signal_mask(tid, mask | bit(signal))?;
            ptrace::interrupt(tid)?;
            Ok(mask)
        });
        // ESRCH: it was killed.
        if let Ok(mask) = blocked {
            self.engines.with(task.id(), |seat| (seat.mask, seat.place) = (Some(mask), Place::Passing));
        }
        Action::Continue(Some(signal))
    }

    /// Nobody can block SIGSTOP. It comes once more, as if it were ours.
    fn send_again(&mut self, stopped: &Stopped, task: &Rc<Task>, info: Siginfo) -> Action {
        let may_be_sent = info.code() < 0 && info.code() != libc::SI_TKILL;
        let ours = Siginfo::new(info.signal()).with_code(libc::SI_QUEUE);
        let info = if may_be_sent { info } else { ours };
        self.send(task, stopped.tid(), &info);
        self.drop_signal(stopped)
    }

    /// The program has arranged for the signal, and it is to do what it would without that: the task itself takes this
    /// back, and the signal is sent once more. Where it cannot, SIGKILL is left.
    ///
    /// Tasks of other processes that share their handlers with it (CLONE_SIGHAND) lose them too.
    fn force(&mut self, stopped: &Stopped, task: &Rc<Task>, info: Siginfo) -> Action {
        match self.take_back(stopped, info.signal()) {
            Ok(()) => {
                self.engines.with(task.id(), |seat| seat.place = Place::Passing);
                let said = Said { action: SignalAction::Deliver, info: Some(info) };
                self.owe(task, stopped.tid(), said, ResumeAction::Resume);
                self.hand_on(stopped, None)
            }
            Err(CallError::Killed) => Action::Continue(None),
            Err(_) => self.hand_on(stopped, Some(Signal::SIGKILL)),
        }
    }

    /// Has the task leave the signal at its default, and not block it.
    fn take_back(&self, stopped: &Stopped, signal: Signal) -> Result<(), CallError> {
        let tid = stopped.tid();
        // A kernel_sigaction: all zero is SIG_DFL. Its mask has 8 bytes.
        let mut default = [0; 32];
        let args = |address| [signal.as_raw() as u64, address, 0, 8, 0, 0];
        let pid = self.table.get(tid).map(|record| record.group.pid).ok_or(CallError::Killed)?;
        let task = Inspect { tid, pid, origin: &self.audience.origin };
        task.call_with(libc::SYS_rt_sigaction, &mut default, args)?;
        let mask = ptrace::signal_mask(tid).map_err(CallError::Os)?;
        ptrace::set_signal_mask(tid, mask & !bit(signal)).map_err(CallError::Os)
    }

    /// A signal that is not there is made, if engines have said so. One that the task blocks waits.
    pub(super) fn invent(&mut self, task: &Rc<Task>, tid: Tid, said: Said, wanted: ResumeAction) {
        let is_one = !matches!(
            said.action,
            SignalAction::Ign | SignalAction::Report | SignalAction::Handler | SignalAction::Hold
        );
        if said.info.is_some() && is_one {
            self.owe(task, tid, said, wanted);
        }
    }

    /// Sends it something that is exchanged for this when it is delivered.
    ///
    /// KERNEL: a signal that is in the task's queue already is not queued once more, unless it is a real-time signal
    /// (kernel/signal.c `legacy_queue`). Then the one that is there is all that comes, as it is.
    fn owe(&mut self, task: &Rc<Task>, tid: Tid, said: Said, wanted: ResumeAction) {
        static NEXT: AtomicU64 = AtomicU64::new(0x7461_736b_0000_0000);
        let Some(info) = said.info else { return };
        let cookie = NEXT.fetch_add(1, Ordering::Relaxed);
        let carrier = Siginfo::new(info.signal()).with_code(libc::SI_QUEUE).with_value(cookie);
        if self.send(task, tid, &carrier) {
            self.engines.with(task.id(), |seat| seat.owed.push(Owed { cookie, said, wanted }));
        }
    }

    fn send(&mut self, task: &Task, tid: Tid, info: &Siginfo) -> bool {
        let pid = self.table.get(tid).map(|record| record.group.pid).or(task.pid());
        let sent =
            pid.map_or(Err(Errno::ESRCH), |pid| signal::queue(pid, tid, info.signal(), info.as_bytes()));
        if let Err(errno) = sent
            && errno != Errno::ESRCH
        {
            self.audience.notice(&Notice::Lost { tid, request: "rt_tgsigqueueinfo", errno });
        }
        sent.is_ok()
    }

    /// What a signal was sent for, if it is one of those.
    pub(super) fn take_owed(&self, task: &Task, info: Option<Siginfo>) -> Option<Owed> {
        let cookie = info.filter(|info| info.code() == libc::SI_QUEUE)?.value()?;
        let taken = self.engines.with(task.id(), |seat| {
            let at = seat.owed.iter().position(|owed| owed.cookie == cookie)?;
            Some(seat.owed.remove(at))
        });
        taken.flatten()
    }

    /// Whatever the task has stopped for: it blocks what it has blocked itself.
    pub(super) fn put_the_mask_back(&self, stopped: &Stopped, task: &Task) {
        if let Some(mask) = self.engines.with(task.id(), |seat| seat.mask.take()).flatten() {
            // ESRCH: it was killed.
            let _ = ptrace::set_signal_mask(stopped.tid(), mask);
        }
    }
}

fn bit(signal: Signal) -> u64 {
    1u64.checked_shl(signal.as_raw().unsigned_abs() - 1).unwrap_or(0)
}
