//! The stage before `resume`, for tasks with engines: whether a task may go on, how, and what is due before it does.

use std::rc::Rc;

use watchers::{Pid, Task, TaskId, Tid};

use super::Tracer;
use super::quiet_steps::{StepTrap, step_trap};
use super::reports::restart;
use super::verdict::Verdict;
use crate::aftermath::Aftermath;
use crate::engine::{
    Attach, Attached, Due, Effect, EngineError, Guest, Held, Matching, Next, Place, Roster, Standing, Step,
};
use crate::interest::Mode;
use crate::notify::Motion;
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
        guest: Guest,
        how: Attach,
    ) -> Result<Attached, EngineError> {
        let place = match self.whereabouts(task) {
            Ok(place) => place,
            Err(error) => return guest.refused(error),
        };
        let attached = self.engines.attach(task, place, guest, how);
        self.carry_out();
        attached
    }

    pub(crate) fn find_engine(&self, task: TaskId, these: Matching) -> Result<Attached, EngineError> {
        self.whereabouts(task)?;
        self.engines.find(task, these)
    }

    fn whereabouts(&self, task: TaskId) -> Result<(Tid, Pid, Standing), EngineError> {
        let (tid, record) = self.table.find(task).ok_or(EngineError::NoSuchTask)?;
        let standing = match record.phase {
            // Before its exec it stops at every call anyway.
            Phase::Parked { .. } | Phase::AtGate(_) | Phase::BeforeExec => Standing::Stopped,
            Phase::Alive => Standing::Running,
            Phase::DeadLeader(_) => return Err(EngineError::NoSuchTask),
        };
        Ok((tid, record.group.pid, standing))
    }

    /// A task with engines has stopped: who it is, and how it stood. Whatever held it has ended.
    pub(super) fn arrive(&mut self, stopped: &Stopped, change: &Change) -> Option<(Rc<Task>, Standing)> {
        let record = self.table.get(stopped.tid())?;
        let task = record.task.clone();
        let place = place_of(change);
        let before = self.engines.with(task.id(), |seat| {
            let before = seat.list.standing();
            seat.is_told_again = std::mem::take(&mut seat.retraps) && matches!(change, Change::GroupStop);
            // What was not set up at once is not.
            seat.enters_handler &= place == Place::Signal;
            seat.arrive(stopped.tid(), place);
            before
        })?;
        self.put_the_mask_back(stopped, &task);
        self.undo_an_interruption(stopped, task.id(), change);
        self.end_a_step(stopped, task.id(), change);
        let is_told =
            !record.phase.is_before_exec() || matches!(change, Change::Exec { .. } | Change::Exiting(_));
        is_told.then_some((task, before))
    }

    /// The call that a task waited in when we interrupted it is made again.
    ///
    /// KERNEL: an interruption that comes while the task is stopped at the entry of a call makes that call answer EINTR,
    /// and the next stop is its end. A call is only made again from within the signal work on the way to user mode
    /// (arch/x86/kernel/signal.c `arch_do_signal_or_restart`), which the end of a call may not lead to; one more
    /// interruption does. If a handler runs after all, the call answers EINTR as it would have.
    fn undo_an_interruption(&self, stopped: &Stopped, task: TaskId, change: &Change) {
        let is_felt = self.engines.with(task, |seat| seat.aftermath.takes_in(change));
        match change {
            _ if is_felt != Some(true) => {}
            Change::Trapped => restart(stopped),
            Change::Leaving { .. } if stopped.interrupted_call() == Some(Call::Wait) => {
                self.interrupt(task, Waiting::Again);
            }
            _ => {}
        }
    }

    /// If it has stopped for something else than the SIGTRAP of a step, and that does not come next, the step is not made any more.
    fn end_a_step(&self, stopped: &Stopped, task: TaskId, change: &Change) {
        let steps = self.engines.with(task, |seat| seat.steps).unwrap_or(false);
        if steps && step_trap(stopped, change) == StepTrap::None {
            self.engines.with(task, |seat| seat.steps = false);
            self.engines.forget_if_empty(task);
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
        let Some(record) = known.filter(|record| !record.phase.is_before_exec()) else {
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
            Verdict::Trap => self.trap(stopped, action),
            Verdict::Enter => self.step_into_a_handler(task.id(), action),
            Verdict::Settle => self.settle(stopped, task, action),
        }
    }

    /// To the first instruction of the handler of the signal that is handed on.
    fn step_into_a_handler(&self, task: TaskId, action: Action) -> Action {
        match action {
            Action::Continue(signal) | Action::ToSyscallStop(signal) => {
                self.engines.with(task, |seat| seat.enters_handler = true);
                Action::Step(Step::Instruction, signal)
            }
            _ => action,
        }
    }

    /// It goes on, and stops once more before it is in user mode.
    fn trap(&self, stopped: &Stopped, action: Action) -> Action {
        // ESRCH: it was killed.
        let _ = ptrace::interrupt(stopped.tid());
        action
    }

    /// It is about to be in user mode.
    fn settle(&mut self, stopped: &Stopped, task: &Rc<Task>, action: Action) -> Action {
        let due = self.engines.with(task.id(), |seat| seat.list.take_due()).unwrap_or(Due::Nothing);
        match self.report_due(stopped, task, due) {
            Next::Stay => self.hold(task.id(), action),
            // Somebody has asked for more meanwhile. By a stop of its own, so that who does so each time holds up nobody.
            _ if self.engines.with(task.id(), |seat| seat.list.is_something_due()) == Some(true) => {
                self.trap(stopped, action)
            }
            Next::Go => action,
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
    #[cold]
    pub(crate) fn carry_out(&mut self) {
        if self.engines.is_unused() {
            return;
        }
        for (task, effect) in self.engines.take_due() {
            match effect {
                Effect::Wake => self.wake(task),
                Effect::Stop => self.stop_soon(task),
                Effect::Interrupt => self.interrupt(task, Waiting::Over),
                Effect::Retrap => self.retrap(task),
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

    /// No engine has a say any more: whoever is held goes on, and a step comes to its end.
    pub(super) fn let_go_of_engines(&mut self) {
        let (held, stepping) = self.engines.detach_all();
        held.into_iter().for_each(|task| self.wake(task));
        for task in stepping {
            // The instruction may be a system call that waits.
            self.interrupt(task, Waiting::Again);
        }
    }

    /// One that has passed its exit stops no more.
    fn interrupt(&self, task: TaskId, waiting: Waiting) {
        let Some(tid) = self.engines.with(task, |seat| seat.tid) else { return };
        let known = self.table.get(tid).filter(|record| record.task.id() == task);
        if known.is_none_or(|record| record.motion == Motion::Dying) {
            return;
        }
        self.engines.with(task, |seat| {
            seat.aftermath = if waiting == Waiting::Again { Aftermath::BEGUN } else { Aftermath::OVER };
        });
        // ESRCH: it is dead, or is not traced any more.
        let _ = ptrace::interrupt(tid);
    }

    /// KERNEL: a task that listens in the stop of its group traps again, and reports that stop once more (kernel/ptrace.c
    /// `PTRACE_INTERRUPT`).
    fn retrap(&self, task: TaskId) {
        let tid = self.engines.with(task, |seat| {
            seat.retraps = true;
            seat.tid
        });
        // ESRCH: it is dead.
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
