//! The stage before `resume`, for tasks with engines: whether a task may go on, how, and what is due before it does.

use std::rc::Rc;

use watchers::{Signal, Task, TaskId, Tid};

use super::Tracer;
use super::reports::restart;
use crate::engine::{
    Asked, Attach, Attached, Due, Effect, Engine, EngineError, EngineEvents, Guest, Held, Matching, Next,
    Place, Roster, Seat, Standing, Step, SyscallAction,
};
use crate::interest::Mode;
use crate::resume::Action;
use crate::sys::ptrace;
use crate::syscall::Call;
use crate::task::{Change, Phase};
use crate::tracee::Stopped;

impl Tracer {
    /// The engines of all tasks.
    pub(crate) fn engines(&self) -> &Roster {
        &self.engines
    }

    /// Attaches an engine to a task that lives.
    pub(crate) fn attach(
        &mut self,
        task: TaskId,
        engine: impl Engine,
        how: Attach,
    ) -> Result<Attached, EngineError> {
        let (tid, standing) = self.whereabouts(task)?;
        let attached = self.engines.attach(task, (tid, standing), Guest::new(engine), how);
        self.carry_out();
        attached
    }

    pub(crate) fn find_engine(&self, task: TaskId, these: Matching) -> Result<Attached, EngineError> {
        self.whereabouts(task)?;
        self.engines.find(task, these)
    }

    fn whereabouts(&self, task: TaskId) -> Result<(Tid, Standing), EngineError> {
        let (tid, record) =
            self.table.iter().find(|(_, record)| record.task.id() == task).ok_or(EngineError::NoSuchTask)?;
        let standing = match record.phase {
            // Before its exec it stops at every call anyway.
            Phase::Parked { .. } | Phase::AtGate(_) | Phase::BeforeExec => Standing::Stopped,
            Phase::Alive => Standing::Running,
        };
        Ok((tid, standing))
    }

    /// A task with engines has stopped: who it is, and how it stood. Whatever held it has ended.
    pub(super) fn arrive(&mut self, stopped: &Stopped, change: &Change) -> Option<(Rc<Task>, Standing)> {
        let record = self.table.get(stopped.tid())?;
        let task = record.task.clone();
        let place = place_of(change);
        let before = self.engines.with(task.id(), |seat| {
            let before = seat.list.standing();
            seat.arrive(stopped.tid(), place);
            before
        })?;
        self.undo_an_interruption(stopped, task.id(), change);
        let is_told =
            !is_before_exec(&record.phase) || matches!(change, Change::Exec { .. } | Change::Exiting(_));
        is_told.then_some((task, before))
    }

    /// The call that a task waited in when we interrupted it is made again.
    ///
    /// KERNEL: an interruption that comes while the task is stopped at the entry of a call makes that call answer EINTR,
    /// and the next stop is its end. A call is only made again from within the signal work on the way to user mode
    /// (arch/x86/kernel/signal.c `arch_do_signal_or_restart`), which the end of a call may not lead to; one more
    /// interruption does. If a handler runs after all, the call answers EINTR as it would have.
    fn undo_an_interruption(&self, stopped: &Stopped, task: TaskId, change: &Change) {
        let restarts = self.engines.with(task, |seat| match change {
            Change::Trapped => std::mem::take(&mut seat.restarts),
            _ => seat.restarts,
        });
        match change {
            _ if restarts != Some(true) => {}
            Change::Trapped => restart(stopped),
            Change::Leaving { .. } if stopped.interrupted_call() == Some(Call::Wait) => {
                // ESRCH: it was killed.
                let _ = ptrace::interrupt(stopped.tid());
            }
            _ => {}
        }
    }

    /// How a task goes on that its other business would let go on like this.
    pub(super) fn as_engines_allow(
        &mut self,
        stopped: &Stopped,
        action: Action,
        mode: Mode,
    ) -> (Action, Mode) {
        let known = if self.engines.is_unused() { None } else { self.table.get(stopped.tid()) };
        let Some(record) = known.filter(|record| !is_before_exec(&record.phase)) else {
            return (action, mode);
        };
        let task = record.task.clone();
        if action == Action::Park || self.engines.with(task.id(), |_| ()).is_none() {
            return (action, mode);
        }
        let action = self.before_it_runs(stopped, &task, action);
        let calls = self.engines.with(task.id(), |seat| seat.leave(action)).unwrap_or(false);
        self.engines.forget_if_empty(task.id());
        (action, if calls { Mode::SyscallStops } else { mode })
    }

    /// Stops it here if it is to be, and does what is due.
    fn before_it_runs(&mut self, stopped: &Stopped, task: &Rc<Task>, action: Action) -> Action {
        let verdict = self.engines.with(task.id(), |seat| seat.verdict(action));
        match verdict.unwrap_or(Verdict::Go) {
            Verdict::Go => action,
            Verdict::Hold => self.hold(task.id(), action),
            Verdict::Trap => {
                // ESRCH: it was killed.
                let _ = ptrace::interrupt(stopped.tid());
                action
            }
            Verdict::Settle => self.settle(stopped, task, action),
        }
    }

    /// It is about to be in user mode.
    fn settle(&mut self, stopped: &Stopped, task: &Rc<Task>, action: Action) -> Action {
        let due = self.engines.with(task.id(), |seat| seat.list.take_due()).unwrap_or(Due::Nothing);
        let next = match due {
            Due::Nothing => Next::Go,
            Due::Step(step) => Next::Step(step),
            Due::Report => self.report_quiet(task, stopped.tid()),
        };
        match next {
            Next::Go => action,
            Next::Stay => self.hold(task.id(), action),
            Next::Step(step) => self.step(task.id(), step, action),
        }
    }

    fn step(&mut self, task: TaskId, step: Step, action: Action) -> Action {
        let signal = match action {
            Action::Continue(signal) | Action::ToSyscallStop(signal) => signal,
            _ => return action,
        };
        self.engines.with(task, |seat| seat.steps = true);
        Action::Step(step, signal)
    }

    fn hold(&mut self, task: TaskId, action: Action) -> Action {
        self.engines.with(task, |seat| {
            seat.held.get_or_insert(Held::Go(action));
            seat.list.stand(Standing::Held);
        });
        Action::Park
    }

    /// Does what was asked for meanwhile.
    pub(crate) fn carry_out(&mut self) {
        if self.engines.is_unused() {
            return;
        }
        for (task, effect) in self.engines.take_due() {
            match effect {
                Effect::Wake => self.wake(task),
                Effect::Stop => self.stop_soon(task),
                Effect::Interrupt => self.interrupt(task, Waiting::Over),
                Effect::Nothing => {}
            }
        }
    }

    /// It is to stop: at once, if it is to stay so; else, where it waits in a call, when that has ended.
    fn stop_soon(&mut self, task: TaskId) {
        let wish = self.engines.with(task, |seat| (seat.tid, seat.list.is_wanted_stopped()));
        let waits = wish.is_some_and(|(tid, stays)| !stays && self.stops_at_return(tid, task));
        if !waits {
            self.interrupt(task, Waiting::Again);
        }
    }

    fn interrupt(&mut self, task: TaskId, waiting: Waiting) {
        let tid = self.engines.with(task, |seat| {
            seat.restarts = waiting == Waiting::Again;
            seat.tid
        });
        // ESRCH: it is dead, or is not traced any more.
        let _ = tid.map(ptrace::interrupt);
    }

    /// Nobody wants it stopped any more: it goes on from where it is.
    fn wake(&mut self, task: TaskId) {
        let held = self.engines.with(task, |seat| {
            let held = if seat.list.is_wanted_stopped() { None } else { seat.held.take() };
            held.inspect(|_| seat.arrive(seat.tid, seat.place)).map(|held| (held, seat.tid))
        });
        let Some((held, tid)) = held.flatten() else { return };
        let stopped = Stopped::claim(tid);
        let action = match held {
            Held::Go(action) => action,
            Held::Entry(call) => self.enter_after_a_stop(&stopped, call),
            Held::Signal(signal) => self.signal_after_a_stop(&stopped, signal),
        };
        self.resume(stopped, action);
    }

    fn enter_after_a_stop(&mut self, stopped: &Stopped, call: SyscallAction) -> Action {
        let Some(task) = self.table.get(stopped.tid()).map(|record| record.task.clone()) else {
            return Action::Continue(None);
        };
        let asked = self.engines.with(task.id(), |seat| seat.list.take_report()).unwrap_or(false);
        match stopped.entry() {
            Some(entry) if asked => self.report_entry(stopped, &task, &entry, Asked::Again),
            _ => self.conclude_entry(stopped, call),
        }
    }

    fn signal_after_a_stop(&mut self, stopped: &Stopped, signal: Signal) -> Action {
        match self.table.get(stopped.tid()).map(|record| record.task.clone()) {
            Some(task) => self.report_signal(stopped, &task, signal),
            None => Action::Continue(Some(signal)),
        }
    }

    /// Everybody is killed. One that is held before its death has had its SIGKILL, and would not hear of another.
    pub(super) fn let_the_dying_go(&mut self) {
        for task in self.engines.held_at_exit() {
            self.engines.with(task, |seat| seat.list.let_everybody_go());
            self.wake(task);
        }
    }
}

/// What becomes of the call that a task waits in when it is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// It is made again.
    Again,
    /// It may answer EINTR.
    Over,
}

/// What a stopped task with engines does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Go,
    /// It stays here.
    Hold,
    /// It goes on, and traps before it is in user mode.
    Trap,
    /// It is about to be in user mode: what is due is done now.
    Settle,
}

impl Seat {
    /// It has stopped here.
    fn arrive(&mut self, tid: Tid, place: Place) {
        (self.tid, self.place, self.stays, self.held) = (tid, place, false, None);
        self.list.arrive();
    }

    fn verdict(&self, action: Action) -> Verdict {
        let is_due = self.list.is_something_due();
        match (self.place, action) {
            _ if self.stays => Verdict::Hold,
            (Place::Group, Action::Listen) if self.list.is_wanted_stopped() => Verdict::Hold,
            (_, Action::Listen | Action::Park | Action::Step(..)) => Verdict::Go,
            (Place::InCall | Place::Exit, _) => Verdict::Go,
            _ if !is_due => Verdict::Go,
            // A handler, if there is one, is set up first; a step goes into it.
            (Place::Signal, Action::Continue(Some(_)) | Action::ToSyscallStop(Some(_)))
                if self.list.is_report_due() || self.list.is_wanted_stopped() =>
            {
                Verdict::Trap
            }
            _ => Verdict::Settle,
        }
    }

    /// It goes on. Whether every system call has to stop: engines want that, or this one's end is where something is due.
    fn leave(&mut self, action: Action) -> bool {
        match action {
            Action::Park => return false,
            Action::Listen => self.list.stand(Standing::JobStopped),
            _ => self.list.stand(Standing::Running),
        }
        let is_due = self.place == Place::InCall && self.list.is_something_due();
        is_due || self.list.wants(EngineEvents::SYSCALLS)
    }
}

pub(super) fn place_of(change: &Change) -> Place {
    match change {
        Change::Signal(_) => Place::Signal,
        Change::GroupStop => Place::Group,
        Change::Exiting(_) => Place::Exit,
        Change::Leaving { .. } | Change::Trapped | Change::Returned => Place::Boundary,
        Change::Born(_) | Change::AtGate => Place::Boundary,
        _ => Place::InCall,
    }
}

/// A command before its exec is followed call by call by others, and std waits for it.
fn is_before_exec(phase: &Phase) -> bool {
    matches!(phase, Phase::AtGate(_) | Phase::BeforeExec)
}
