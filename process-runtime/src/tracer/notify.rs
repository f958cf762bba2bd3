//! Work for a task's next return to user mode: how the task is brought to a stop for it, and when it is done.
//!
//! Two hooks in `run.rs` are all that other stops see of it: [`arrive_for_work`](Tracer::arrive_for_work) before a stop is
//! translated, and [`as_work_demands`](Tracer::as_work_demands) before the task goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use watchers::{Task, TaskId, Tid};

use super::Tracer;
use super::holding::place_of;
use super::signals::ignores;
use crate::aftermath::Aftermath;
use crate::arch;
use crate::engine::Place;
use crate::interest::Mode;
use crate::notice::Notice;
use crate::notify::{
    Approach, Interruption, Motion, NotifyBy, NotifyError, Resumption, Sight, Signals, Turn, Way, Work, look,
    turn,
};
use crate::panicked::message;
use crate::resume::Action;
use crate::sys::ptrace;
use crate::syscall::Call;
use crate::task::Change;
use crate::tracee::Stopped;

impl Tracer {
    /// Takes work for a task that lives.
    pub(crate) fn notify_resume(&mut self, task: TaskId, work: Work) -> Result<(), NotifyError> {
        let (tid, record) = self.table.find(task).ok_or(NotifyError::NoSuchTask)?;
        let approach = record.motion.approach();
        if approach == Approach::TooLate || self.is_letting_go() {
            return Err(NotifyError::NoSuchTask);
        }
        self.notified.add(task, work);
        if self.notified.with(task, |course| course.is_under_way()) == Some(false) {
            self.approach(tid, task, approach);
        }
        Ok(())
    }

    /// Sees to it that a task stops for its work.
    fn approach(&mut self, tid: Tid, task: TaskId, approach: Approach) {
        match approach {
            Approach::Await | Approach::TooLate => {}
            Approach::Interrupt => self.interrupt_for_work(tid, task, Interruption::ToServe),
            Approach::Look => match look(tid) {
                Sight::Blocked(blocked) if self.notify_by == NotifyBy::ReturnPoints => {
                    self.await_return(tid, task, blocked);
                }
                Sight::Blocked(_) => self.interrupt_for_work(tid, task, Interruption::ToFollow),
                Sight::Running | Sight::Elsewhere => {
                    self.interrupt_for_work(tid, task, Interruption::ToServe);
                }
                Sight::Hidden(_) => self.interrupt_for_work(tid, task, Interruption::ToFollow),
            },
        }
    }

    pub(super) fn interrupt_for_work(&mut self, tid: Tid, task: TaskId, why: Interruption) {
        self.notified.with_new(task, |course| course.interrupt(why));
        // ESRCH: it is dead, or is not traced any more.
        let _ = ptrace::interrupt(tid);
    }

    /// A task has stopped: what was done so that it would is undone.
    pub(super) fn arrive_for_work(&mut self, stopped: &Stopped, change: Change) -> Change {
        let known = self.table.get(stopped.tid()).filter(|_| !self.notified.is_unused());
        let Some(record) = known else { return change };
        let (task, pid) = (record.task.id(), record.group.pid);
        let change = self.at_return_point(stopped, (task, pid), change);
        self.leave_return_point(task);
        let change = self.settle_interruption(stopped, task, change);
        if let Some(record) = self.table.get_mut(stopped.tid()) {
            record.motion = Motion::Stopped(place_of(&change));
        }
        change
    }

    /// What an interruption of ours has done to the call that the task was in is undone.
    fn settle_interruption(&mut self, stopped: &Stopped, task: TaskId, change: Change) -> Change {
        let under_way = self.notified.with(task, |course| {
            let is_felt = course.aftermath.takes_in(&change);
            let interruption = std::mem::take(&mut course.interruption);
            (interruption, is_felt, course.home.take(), course.steps)
        });
        let Some((interruption, is_felt, home, steps)) = under_way else { return change };
        match (&change, home) {
            (Change::Leaving { .. }, Some(home)) => {
                // ESRCH: it was killed.
                let _ = stopped.set_registers(&arch::once_more(&home));
                return Change::Returned;
            }
            _ if steps && self.ends_a_step(stopped, task, &change) => return Change::Returned,
            _ => {}
        }
        match change {
            _ if !is_felt => {}
            Change::Trapped => self.settle_trap(stopped, task, interruption),
            Change::Entering { .. } => return self.turn_back(stopped, task, change),
            Change::Leaving { .. } if stopped.interrupted_call() == Some(Call::Wait) => {
                self.interrupt_for_work(stopped.tid(), task, Interruption::ToRestart);
            }
            _ => {}
        }
        change
    }

    fn settle_trap(&mut self, stopped: &Stopped, task: TaskId, interruption: Interruption) {
        let waits = stopped.interrupted_call() == Some(Call::Wait);
        if waits {
            // ESRCH: it was killed.
            let _ = stopped.restart_call();
        }
        let restarts = || waits || stopped.registers().is_ok_and(|registers| arch::restarts(&registers));
        if interruption == Interruption::ToFollow && restarts() {
            self.notified.with(task, |course| course.interruption = Interruption::Restarting);
        }
    }

    /// An interruption was sent to a task that was about to enter a system call. It is turned back, as if it had been
    /// stopped before the instruction.
    ///
    /// KERNEL: an interruption that comes while the task is stopped at the entry of a call breaks that call: it answers EINTR,
    /// transfers less, or is made again after a fork that failed. Any further stop clears it (kernel/signal.c `ptrace_stop`),
    /// and the end of a call that was not made is one.
    fn turn_back(&mut self, stopped: &Stopped, task: TaskId, change: Change) -> Change {
        let Ok(home) = stopped.registers() else { return change };
        if !self.may_skip(stopped, &change) {
            return change;
        }
        // ESRCH: it was killed.
        let _ = stopped.answer_call(0);
        self.notified.with(task, |course| course.home = Some(Box::new(home)));
        Change::TurnedBack
    }

    /// How a task goes on that its other business would let go on like this. `None`: it is not ours to resume any more.
    pub(super) fn as_work_demands(
        &mut self,
        stopped: &Stopped,
        action: Action,
        mode: Mode,
    ) -> Option<(Action, Mode)> {
        let known = self.table.get(stopped.tid()).filter(|_| !self.notified.is_unused());
        let Some(record) = known.filter(|record| !record.phase.is_before_exec()) else {
            return Some((action, mode));
        };
        if action == Action::Park {
            return Some((action, mode));
        }
        let (task, place) = (record.task.clone(), record.motion.place());
        let action = self.before_it_goes_on(stopped, &task, place, action)?;
        let followed = self.notified.with(task.id(), |course| course.mode(mode));
        let mode = followed.filter(|_| !self.is_letting_go()).unwrap_or(mode);
        self.notified.forget_if_over(task.id());
        Some((action, mode))
    }

    /// Does its work here, or has it stop where that is due; and takes it past the trap of another task.
    fn before_it_goes_on(
        &mut self,
        stopped: &Stopped,
        task: &Rc<Task>,
        place: Place,
        action: Action,
    ) -> Option<Action> {
        let is_due = self.notified.has_work(task.id()) && !self.is_to_stop_elsewhere(task.id());
        let stops_again = is_due.then(|| turn(place, action, || self.signals_of(stopped, task.id())));
        let action = match stops_again {
            None | Some(Turn::Stay) => action,
            Some(Turn::Serve) => self.serve_here(stopped, task, place, action)?,
            Some(Turn::AtTheEnd) => to_the_end(action),
            Some(Turn::BehindTheSignal) if is_nothing_to_it(stopped, action) => to_the_end(action),
            Some(Turn::BehindTheSignal) => {
                self.interrupt_for_work(stopped.tid(), task.id(), Interruption::ToServe);
                // Whatever call there was is over.
                self.notified.with(task.id(), |course| course.aftermath = Aftermath::OVER);
                action
            }
            Some(Turn::AfterSignals) => self.step_into_signals(stopped, task.id(), action),
        };
        Some(self.past_the_trap(stopped, task.id(), action))
    }

    /// Whether what it is under way to is not this stop.
    fn is_to_stop_elsewhere(&self, task: TaskId) -> bool {
        let is_elsewhere = self.notified.with(task, |course| {
            matches!(course.interruption, Interruption::Restarting | Interruption::ToRestart)
                || course.home.is_some()
        });
        is_elsewhere.unwrap_or(false)
    }

    /// Signals that are queued come first, but for a task that has been in user mode already.
    fn signals_of(&self, stopped: &Stopped, task: TaskId) -> Signals {
        let has_hit = self.notified.with(task, |course| course.has_hit).unwrap_or(false);
        if !has_hit && stopped.has_signals() { Signals::Queued } else { Signals::None }
    }

    fn serve_here(
        &mut self,
        stopped: &Stopped,
        task: &Rc<Task>,
        place: Place,
        action: Action,
    ) -> Option<Action> {
        let way = if place == Place::Exit { Way::ToExit } else { Way::ToUserMode };
        self.serve(task, way, Some(stopped.tid()));
        // The work may have had it make calls.
        self.back_from_detour(stopped.tid(), action)
    }

    /// Does all the work that a task has, and what is added meanwhile.
    pub(super) fn serve(&mut self, task: &Rc<Task>, way: Way, stopped: Option<Tid>) {
        while let Some(work) = self.notified.next(task.id()) {
            self.audience.origin.hold([stopped, None]);
            let called = catch_unwind(AssertUnwindSafe(|| work(&mut Resumption::new(task, way))));
            self.audience.origin.hold([None; 2]);
            if let Err(panic) = called {
                let message = message(panic);
                self.audience.notice(&Notice::WorkPanicked { message, tid: task.tid() });
            }
        }
    }

    /// Nobody is ours any more soon. Work that is left is done without its task.
    pub(super) fn let_go_of_work(&mut self) {
        let tasks = self.table.iter().map(|(_, record)| record.task.clone());
        let busy: Vec<Rc<Task>> = tasks.filter(|task| self.notified.has_work(task.id())).collect();
        busy.iter().for_each(|task| self.serve(task, Way::Gone, None));
    }

    /// A task is gone. Work that it still has is done without it.
    pub(super) fn work_of_the_dead(&mut self, task: &Rc<Task>) {
        if !self.notified.is_unused() {
            self.end_work(task);
        }
    }

    #[cold]
    fn end_work(&mut self, task: &Rc<Task>) {
        self.leave_return_point(task.id());
        self.serve(task, Way::Gone, None);
        self.notified.take(task.id());
    }
}

pub(super) fn to_the_end(action: Action) -> Action {
    match action {
        Action::Continue(signal) => Action::ToSyscallStop(signal),
        other => other,
    }
}

/// Whether a signal that is about to be delivered would not have woken the task without us, and is not to end its call
/// with us: it is ignored, and the call is made again. Its work is done at the end of that.
fn is_nothing_to_it(stopped: &Stopped, action: Action) -> bool {
    let Action::Continue(Some(signal)) = action else { return false };
    stopped.registers().is_ok_and(|registers| arch::restarts(&registers)) && ignores(stopped.tid(), signal)
}
