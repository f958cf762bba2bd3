//! Letting go of a tree: it lives on as if nobody had ever been there.
//!
//! The tracer thread ends, and with it the tracing of everybody at once.
//!
//! KERNEL: when a tracer ends, its tracees go on from whatever stop they are in, a group-stop stays one, system-call stops are over
//! (kernel/ptrace.c `exit_ptrace`, `__ptrace_unlink`), and a call that waits does not notice. A stop whose status nobody has taken
//! goes on as if there had been none; a signal is delivered. But a signal whose delivery-stop *was* taken is lost, a task
//! that is single-stepped traps once more, with nobody there to take the SIGTRAP, a call that was changed stays so, and one that
//! is about to wait, and has stopped for that, answers EINTR: the task is woken as if by a signal, which nobody takes back (kernel/signal.c
//! `recalc_sigpending_tsk`).
//!
//! So before that: engines are detached and everybody whom they hold goes on; and whoever is to be put right at the next stop is
//! waited for: a call that was changed, a fork whose child has not stopped, a step, an interruption, a task that would stop at
//! its next call. No new one begins meanwhile.
//!
//! A signal that the program ignores, and that is sent in the last moment, still makes a few calls answer EINTR, as nobody is left to
//! have them made again. (The kernel decides when it is sent whether somebody traces.)
//!
//! # Alternatives
//!
//! PTRACE_DETACH for each: it is refused (ESRCH) to a task that is not stopped, and to stop one makes calls that wait answer EINTR.

use std::sync::mpsc::SyncSender;

use super::Tracer;
use crate::error::{Error, ErrorKind};
use crate::interest::Bond;
use crate::notify::{Interruption, Motion};
use crate::task::Pending;

impl Tracer {
    /// Ends as soon as nobody has to be put right. `farewell` is dropped then.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Filtered`]: the tree cannot live without a tracer.
    pub(crate) fn let_go(&mut self, farewell: Option<SyncSender<()>>) -> Result<(), Error> {
        if self.interest.bond == Bond::UntilDeath {
            return Err(ErrorKind::Filtered.into());
        }
        self.farewells.extend(farewell);
        if !std::mem::replace(&mut self.letting_go, true) {
            self.search = None;
            self.let_go_of_engines();
            self.let_go_of_work();
            self.stop_before_calls();
        }
        Ok(())
    }

    /// Whoever would stop at its next system call stops before it, or is turned back there.
    fn stop_before_calls(&mut self) {
        let all = self.table.iter().map(|(tid, record)| (tid, record.task.id(), record.motion));
        let about_to: Vec<_> = all.filter(|(.., motion)| *motion == Motion::InUserMode).collect();
        for (tid, task, _) in about_to {
            self.interrupt_for_work(tid, task, Interruption::ToServe);
        }
    }

    /// Whether everybody is to live on by themselves.
    pub(super) fn is_letting_go(&self) -> bool {
        self.letting_go
    }

    /// Whether the thread may end.
    pub(super) fn has_let_go(&self) -> bool {
        self.letting_go && !self.has_to_put_somebody_right()
    }

    fn has_to_put_somebody_right(&self) -> bool {
        let is_changed = |pending: &Pending| matches!(pending, Pending::Clone(_) | Pending::Refused { .. });
        self.table.expects_somebody()
            || self.table.iter().any(|(_, record)| is_changed(&record.pending))
            || self.engines.awaits_a_stop()
            || self.notified.awaits_a_stop()
            || self.audience.origin.detours.is_unfinished()
    }
}
