//! Letting go of a tree: it lives on as if nobody had ever been there.
//!
//! The tracer thread ends, and with it the tracing of everybody at once.
//!
//! KERNEL: when a tracer ends, its tracees go on from whatever stop they are in, a group-stop stays one, system-call stops are over
//! (kernel/ptrace.c `exit_ptrace`, `__ptrace_unlink`), and a call that waits does not notice. A stop whose status nobody has taken
//! goes on as if there had been none; a signal is delivered. But a signal whose delivery-stop *was* taken is lost, a task
//! that is single-stepped traps once more, with nobody there to take the SIGTRAP, and a call that was changed stays so. And a task that
//! goes on like this is told that a signal may be pending, which makes a call answer EINTR that it was about to enter.
//!
//! So before that: engines are detached and everybody whom they hold goes on; and whoever is to be put right at the next stop is
//! waited for: a call that was changed, a fork whose child has not stopped, a step, an interruption, the entry of a call. No new one begins
//! meanwhile.
//!
//! A signal that the program ignores, and that is sent in the last moment, still makes a few calls answer EINTR, as nobody is left to
//! have them made again. (The kernel decides when it is sent whether somebody traces.)
//!
//! # Alternatives
//!
//! PTRACE_DETACH for each: it is refused (ESRCH) to a task that is not stopped, and to stop one makes calls that wait answer EINTR.

use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant};

use super::Tracer;
use crate::error::{Error, ErrorKind};
use crate::interest::Bond;
use crate::notify::Motion;
use crate::task::Pending;

/// How long somebody is waited for who only computes.
const PATIENCE: Duration = Duration::from_millis(200);
/// Between two looks at what is waiting.
const PAUSE: Duration = Duration::from_micros(100);

/// What a tracer is about that lets go.
#[derive(Debug)]
pub(super) struct LettingGo {
    deadline: Instant,
    /// Threads may be there that were not seized yet.
    is_torn: bool,
    /// Who waits for it.
    farewells: Vec<SyncSender<()>>,
}

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
        if self.letting_go.is_none() {
            let is_torn = self.search.take().is_some();
            let deadline = Instant::now() + PATIENCE;
            self.letting_go = Some(LettingGo { deadline, is_torn, farewells: Vec::new() });
            self.let_go_of_engines();
            self.let_go_of_work();
        }
        if let Some(letting_go) = &mut self.letting_go {
            letting_go.farewells.extend(farewell);
        }
        Ok(())
    }

    /// Whether everybody is to live on by themselves.
    pub(super) fn is_letting_go(&self) -> bool {
        self.letting_go.is_some()
    }

    /// Whether the thread may end.
    pub(super) fn has_let_go(&self) -> bool {
        self.is_letting_go() && !self.has_to_put_somebody_right() && !self.awaits_an_entry()
    }

    /// While nothing else is to be done: whether we are letting go, after a pause.
    pub(super) fn pause_to_let_go(&mut self) -> bool {
        let Some(letting_go) = &self.letting_go else { return false };
        if letting_go.is_torn {
            self.forget_vanished_leaders();
        }
        thread::sleep(PAUSE);
        true
    }

    /// Nobody waits for a stop of theirs.
    fn forget_vanished_leaders(&mut self) {
        for tid in self.vanished_leaders() {
            if let Some(leader) = self.table.take_replaced(tid) {
                self.replaced(leader);
            }
        }
    }

    /// Whether somebody may come to the entry of a call and stop there, perhaps when nobody looks any more; or may feel an
    /// interruption that most likely is over. Who only computes is not waited for longer than some time: it is not very likely to do so
    /// just then.
    #[cold]
    fn awaits_an_entry(&self) -> bool {
        let awaits = self.table.iter().any(|(_, record)| record.motion == Motion::InUserMode);
        (awaits || self.engines.is_somebody_interrupted())
            && self.letting_go.as_ref().is_some_and(|letting_go| Instant::now() < letting_go.deadline)
    }

    #[cold]
    fn has_to_put_somebody_right(&self) -> bool {
        let is_changed = |pending: &Pending| matches!(pending, Pending::Clone(_) | Pending::Refused { .. });
        self.table.expects_somebody()
            || self.table.iter().any(|(_, record)| is_changed(&record.pending))
            || self.engines.awaits_a_stop()
            || self.notified.awaits_a_stop()
            || self.audience.origin.detours.is_unfinished()
    }
}
