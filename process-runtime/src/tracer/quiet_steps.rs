//! A step by which a task that has work comes to its signals first: nobody else knows of it, and its SIGTRAP is no signal.

use watchers::{Signal, TaskId};

use super::Tracer;
use super::notify::to_the_end;
use crate::arch::{self, Registers};
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
        // ESRCH: it was killed.
        let Ok(registers) = stopped.registers() else { return action };
        let traps_by_itself = stopped.is_to_trap_after_a_step() || arch::steps_itself(&registers);
        match action {
            Action::Continue(_) | Action::ToSyscallStop(_) if traps_by_itself => action,
            Action::Continue(signal) | Action::ToSyscallStop(signal)
                if self.may_be_stepped(stopped, &registers) =>
            {
                self.notified.with(task, |course| course.steps = true);
                Action::Step(Step::Instruction, signal)
            }
            other => to_the_end(other),
        }
    }

    /// Whether its handling of SIGTRAP stays as it is when it traps after its next instruction. That may be one by which it comes to
    /// block SIGTRAP: a system call.
    fn may_be_stepped(&self, stopped: &Stopped, registers: &Registers) -> bool {
        let is_harmless = |status: Status| trapping(&status) == Trapping::Harmless;
        !arch::restarts(registers)
            && self.is_at_a_call(stopped, registers) == Some(false)
            && Status::read(stopped.tid()).is_some_and(is_harmless)
    }

    /// Whether its next instruction makes a system call; `None` if that cannot be read.
    pub(super) fn is_at_a_call(&self, stopped: &Stopped, registers: &Registers) -> Option<bool> {
        let mut next = [0; 2];
        let next: &[u8; 2] =
            self.text(stopped, arch::instruction_of(registers), &mut next)?.try_into().ok()?;
        Some(arch::ENTRIES.contains(next))
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
