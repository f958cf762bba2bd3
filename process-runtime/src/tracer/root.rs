//! A command between the wish to run it and its exec.
//!
//! ```text
//! caller    ─▶ admit: init (may refuse) ─▶ launcher forks ─▶ child reports its pid, waits at the gate
//! caller    ─▶ seize: PTRACE_SEIZE, PTRACE_INTERRUPT
//! tracer    ─▶ first stop: clone, gate opens ─▶ filter, exec ─▶ exec
//! ```

use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use watchers::{
    CloneEvent, CloneFlags, Errno, Event, EventSet, InitEvent, Pid, Signal, Stillborn, Task, TaskId, Tid,
};

use super::Tracer;
use super::ids::credentials;
use crate::child::Progress;
use crate::error::{Error, ErrorKind};
use crate::filter::Instruction;
use crate::resume::Action;
use crate::sys::ptrace;
use crate::sys::signal::{self, Mask};
use crate::task::{Group, Phase, Record, Root};
use crate::tracee::Stopped;

/// A command that waits at its gate to be traced.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) id: TaskId,
    pub(crate) tid: Tid,
    pub(crate) pid: Pid,
    pub(crate) go: OwnedFd,
    pub(crate) progress: Arc<Progress>,
}

/// A command whose `init` was told and that is not traced yet.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(super) task: Rc<Task>,
    /// What its filter will see to.
    pub(super) filtered: EventSet,
}

/// What a command that may be started is started with.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) id: TaskId,
    /// Its filter; empty where there is none.
    pub(crate) program: Vec<Instruction>,
}

impl Tracer {
    /// Tells `init` of a command to be.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`], with the watcher that did. [`ErrorKind::Gone`] once the supervisor was dropped:
    /// else those who go on to spawn would keep it alive.
    pub(crate) fn admit(&mut self) -> Result<Admission, Error> {
        if self.closing {
            return Err(ErrorKind::Gone.into());
        }
        // The host may handle SIGCHLD by now, or no longer.
        Mask::of_a_tracer().install();
        let task = self.furnished(Task::builder());
        let outcome = self.ask(&task, &InitEvent::new(fork_flags()), [None; 2]);
        if let Some(refusal) = outcome.refusal() {
            self.tell_stillborn(&task, Stillborn::Denied);
            return Err(Error::refused(refusal.watcher, refusal.errno));
        }
        let id = task.id();
        self.admitted.insert(id, Admitted { task, filtered: self.interest.filtered() });
        Ok(Admission { id, program: self.interest.program() })
    }

    /// The command was not made after all.
    pub(crate) fn abandon(&mut self, id: TaskId, errno: Errno) {
        if let Some(Admitted { task, .. }) = self.admitted.remove(&id) {
            self.tell_stillborn(&task, Stillborn::Failed(errno));
        }
    }

    /// Becomes the command's tracer. Its first stop opens the gate.
    ///
    /// # Errors
    ///
    /// The errno of PTRACE_SEIZE; dropping the seat's pipe then ends the command.
    pub(crate) fn seize(&mut self, seat: Seat) -> Result<(), Errno> {
        let Some(Admitted { task, filtered }) = self.admitted.remove(&seat.id) else {
            return Err(Errno::ECANCELED);
        };
        if let Err(errno) = self.take(&seat) {
            self.tell_stillborn(&task, Stillborn::Failed(errno));
            return Err(errno);
        }
        task.bind(seat.tid, seat.pid);
        let root = Root::new(seat.pid, filtered, seat.progress);
        let mut record = Record::new(task, Group::new(seat.pid), root);
        record.phase = Phase::AtGate(seat.go);
        if self.closing {
            record.root.doomed.set(true);
            let _ = signal::kill(seat.pid, Signal::SIGKILL);
        }
        self.table.add(seat.tid, record);
        Ok(())
    }

    fn take(&self, seat: &Seat) -> Result<(), Errno> {
        ptrace::seize(seat.tid, self.interest.options())?;
        match ptrace::interrupt(seat.tid) {
            // Killed already: its death is on the way.
            Err(Errno::ESRCH) => Ok(()),
            other => other,
        }
    }

    /// The command is stopped at its gate: it exists, and goes on to its exec.
    #[cold]
    pub(super) fn open_gate(&mut self, stopped: &Stopped) -> Action {
        let ids = self.interest.wants_ids().then(|| credentials(stopped.tid())).flatten();
        let Some(record) = self.table.get_mut(stopped.tid()) else { return Action::Continue(None) };
        record.credentials = ids;
        if let Some(go) = self.leave_gate(stopped.tid()) {
            // A command that was killed meanwhile does not read it.
            let _ = rustix::io::write(&go, &[1]);
        }
        // To the end of its read, then call by call to its exec: see `enter_before_exec`.
        Action::ToSyscallStop(None)
    }

    /// The command exists: tells `clone`. What its gate is opened with, unless it was before.
    #[cold]
    pub(super) fn leave_gate(&mut self, tid: Tid) -> Option<OwnedFd> {
        let record = self.table.get_mut(tid)?;
        let task = record.task.clone();
        let gate = std::mem::replace(&mut record.phase, Phase::BeforeExec);
        self.tell_clone_of_root(&task, [Some(tid), None]);
        match gate {
            Phase::AtGate(go) => Some(go),
            Phase::BeforeExec | Phase::Alive | Phase::Parked { .. } | Phase::DeadLeader(_) => None,
        }
    }

    #[cold]
    pub(super) fn tell_clone_of_root(&mut self, task: &Task, stopped: [Option<Tid>; 2]) {
        self.tell(task, Event::Clone(&CloneEvent::new(fork_flags())), stopped);
    }
}

/// What a command is made with: a plain fork.
fn fork_flags() -> CloneFlags {
    CloneFlags::from_raw(libc::SIGCHLD as u64)
}
