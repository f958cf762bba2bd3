//! A step by which a task that has work comes to its signals first: nobody else knows of it, and its SIGTRAP is no signal.

use watchers::{Signal, TaskId};

use super::Tracer;
use super::notify::to_the_end;
use crate::arch;
use crate::engine::Step;
use crate::notify::{Trapping, trapping};
use crate::proc::Status;
use crate::resume::Action;
use crate::task::Change;
use crate::tracee::Stopped;

impl Tracer {
    /// Whether it has stopped because of a step that nobody else knows of. If it has stopped for something else, the SIGTRAP
    /// of the step may come yet.
    pub(super) fn ends_a_step(&self, stopped: &Stopped, task: TaskId, change: &Change) -> bool {
        let trap = step_trap(stopped, change);
        self.notified.with(task, |course| course.steps = trap == StepTrap::Next);
        trap == StepTrap::Here
    }

    /// It stops for the first of its signals, before any instruction; if another thread has taken that by then, after one.
    ///
    /// One that traps by itself, as its program has asked for that, is not stepped: its SIGTRAP could not be told from ours. Nor is one
    /// whose handling of SIGTRAP a step would change, as a trap would. If no signal is left it is stopped by its next call.
    pub(super) fn step_into_signals(&self, stopped: &Stopped, task: TaskId, action: Action) -> Action {
        let traps_by_itself = stopped.is_to_trap_after_a_step()
            || stopped.registers().is_ok_and(|registers| arch::steps_itself(&registers));
        let is_harmless =
            || Status::read(stopped.tid()).is_some_and(|status| trapping(&status) == Trapping::Harmless);
        match action {
            Action::Continue(_) | Action::ToSyscallStop(_) if traps_by_itself => action,
            Action::Continue(signal) | Action::ToSyscallStop(signal) if is_harmless() => {
                self.notified.with(task, |course| course.steps = true);
                Action::Step(Step::Instruction, signal)
            }
            other => to_the_end(other),
        }
    }
}

/// Where the SIGTRAP of a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepTrap {
    /// It is what the task has stopped for.
    Here,
    /// It is what the task will stop for next.
    Next,
    /// There is none.
    None,
}

/// Where that of a step is that a task was to make.
///
/// KERNEL: a trap of the tracer's, and the stop of a group, come before signals that are queued; of these, the SIGTRAP of a
/// step is the first (kernel/signal.c `get_signal`, `dequeue_synchronous_signal`).
pub(super) fn step_trap(stopped: &Stopped, change: &Change) -> StepTrap {
    match change {
        Change::Signal(Signal::SIGTRAP) if stopped.has_stepped() => StepTrap::Here,
        _ if stopped.is_to_trap_after_a_step() => StepTrap::Next,
        _ => StepTrap::None,
    }
}
