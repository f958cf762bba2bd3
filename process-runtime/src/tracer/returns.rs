//! Return points: a task that waits in a system call, and is not to be woken, traps at the instruction that the call returns
//! to. Other tasks come by there too, and pass.
//!
//! # Alternatives
//!
//! 1. A copy of the instruction elsewhere in the program, to be stepped there: needs a page in every program, which it sees,
//!    or room that nobody else uses.
//! 2. The breakpoint registers of the processor: they can be set for a task that is stopped only, and whoever waits is not.

use std::rc::Rc;

use watchers::{Pid, Signal, TaskId, Tid};

use super::Tracer;
use crate::arch;
use crate::engine::Step;
use crate::notify::{
    Armed, Blocked, Interruption, Known, Motion, NotifyBy, Sight, Space, Trapping, bit, look, trapping,
    trapping_after,
};
use crate::proc::Status;
use crate::resume::Action;
use crate::sys::memory;
use crate::task::{Birth, Change, Record, StoppedBy};
use crate::tracee::Stopped;

/// A task that leaves one call after the other is not followed for ever.
const MOST_LOOKS: u32 = 4;

impl Tracer {
    /// Has a task that is blocked trap when its call returns.
    pub(super) fn await_return(&mut self, tid: Tid, task: TaskId, blocked: Blocked) {
        if !self.arm(tid, task, blocked) {
            self.interrupt_for_work(tid, task, Interruption::ToFollow);
        }
    }

    /// The same, for an engine, of a task that may be elsewhere: whether it will stop where its call returns.
    pub(super) fn stops_at_return(&mut self, tid: Tid, task: TaskId) -> bool {
        let under_way = self.notified.with(task, |course| course.armed.is_some()).unwrap_or(false);
        let motion = self.table.get(tid).map(|record| record.motion);
        match motion {
            Some(Motion::InCall) => true,
            _ if under_way => true,
            Some(Motion::Anywhere) if self.notify_by == NotifyBy::ReturnPoints => match look(tid) {
                Sight::Blocked(blocked) => self.arm(tid, task, blocked),
                _ => false,
            },
            _ => false,
        }
    }

    /// Puts a trap where the call returns. Whether that can be done.
    fn arm(&mut self, tid: Tid, task: TaskId, blocked: Blocked) -> bool {
        let Some(pid) = self.table.get(tid).map(|record| record.group.pid) else { return false };
        let space = self.audience.origin.spaces.of(pid);
        if !self.may_trap(tid, &space, &blocked) || space.arm(tid, blocked.returns_to, task).is_err() {
            return false;
        }
        self.notified.with_new(task, |course| course.armed = Some(Armed { space, blocked }));
        self.confirm(tid, task);
        true
    }

    /// Whether nobody is harmed by a trap: the task itself, and the others that have its memory and may come by.
    ///
    /// What these do to their masks after that is not seen, nor what one does in the middle of it; a thread that is born meanwhile blocks everything
    /// only until it has begun (pthread_create(3)).
    fn may_trap(&self, tid: Tid, space: &Rc<Space>, blocked: &Blocked) -> bool {
        let others = if space.is_armed() { Vec::new() } else { self.neighbours(tid, space) };
        let all = others.into_iter().filter_map(|other| Some((other, trapping(&Status::read(other)?))));
        all.chain([(tid, trapping_after(tid, blocked))]).all(|(tid, trapping)| {
            if trapping == Trapping::Unblocks {
                space.add_shy(tid);
            }
            trapping != Trapping::Harms
        })
    }

    fn neighbours(&self, tid: Tid, space: &Rc<Space>) -> Vec<Tid> {
        let processes = self.audience.origin.spaces.processes(space);
        let is_one = |other: Tid, record: &Record| processes.contains(&record.group.pid) && other != tid;
        self.table.iter().filter(|(other, record)| is_one(*other, record)).map(|(other, _)| other).collect()
    }

    /// A task may have passed its point before there was a trap. If it waits elsewhere by now, that is where its trap goes; if
    /// it runs, it is interrupted.
    fn confirm(&mut self, tid: Tid, task: TaskId) {
        for _ in 0..MOST_LOOKS {
            let blocked = self.notified.with(task, |course| course.armed.as_ref().map(|armed| armed.blocked));
            let Some(blocked) = blocked.flatten() else { return };
            match look(tid) {
                Sight::Blocked(now) if now == blocked => return,
                Sight::Blocked(now) if self.rearm(tid, task, now) => {}
                _ => break,
            }
        }
        self.interrupt_for_work(tid, task, Interruption::ToServe);
    }

    /// Its trap stands where this call returns from now on. Those of others in the same memory stay, and what is known of them.
    fn rearm(&mut self, tid: Tid, task: TaskId, blocked: Blocked) -> bool {
        if trapping_after(tid, &blocked) != Trapping::Harmless {
            return false;
        }
        let moved = self.notified.with(task, |course| {
            let armed = course.armed.as_mut()?;
            let (from, to) = (armed.address(), blocked.returns_to);
            if from != to {
                armed.space.arm(tid, to, task).ok()?;
                armed.space.release(from, task);
            }
            armed.blocked = blocked;
            Some(())
        });
        moved.flatten().is_some()
    }

    /// It has stopped, wherever that is: nobody waits at its point any more.
    pub(super) fn leave_return_point(&mut self, task: TaskId) {
        let (armed, lifted) = self
            .notified
            .with(task, |course| (course.armed.take(), course.lifted.take()))
            .unwrap_or_default();
        if let Some(armed) = armed {
            armed.space.release(armed.address(), task);
        }
        if let Some((space, address)) = lifted {
            for owner in space.put_back(address) {
                self.confirm_owner(owner);
            }
        }
    }

    fn confirm_owner(&mut self, owner: TaskId) {
        if let Some((tid, _)) = self.table.find(owner) {
            self.confirm(tid, owner);
        }
    }

    /// A trap of ours is no signal.
    pub(super) fn at_return_point(
        &mut self,
        stopped: &Stopped,
        (task, pid): (TaskId, Pid),
        change: Change,
    ) -> Change {
        self.notified.with(task, |course| course.has_hit = false);
        if !matches!(change, Change::Signal(Signal::SIGTRAP)) {
            return change;
        }
        let steps = self.notified.with(task, |course| course.steps).unwrap_or(false);
        let hit = self.hit(stopped, pid);
        let is_shy = self.audience.origin.spaces.known(pid).is_some_and(|space| space.is_shy(stopped.tid()));
        if is_shy && (hit.is_some() || steps && stopped.has_stepped()) {
            // ESRCH: it was killed.
            let _ = stopped.block(bit(Signal::SIGTRAP));
        }
        let Some(address) = hit else { return change };
        let _ =
            stopped.registers().and_then(|now| stopped.set_registers(&arch::at_instruction(&now, address)));
        self.notified.with_new(task, |course| course.has_hit = true);
        Change::Returned
    }

    /// Where the trap is that a task has hit, if it is, or was a moment ago, one of ours.
    fn hit(&self, stopped: &Stopped, pid: Pid) -> Option<u64> {
        let space = self.audience.origin.spaces.known(pid)?;
        if !stopped.has_hit_a_trap() {
            return None;
        }
        let address = arch::trap_address(&stopped.registers().ok()?);
        match space.known_at(address) {
            Known::Armed => Some(address),
            Known::Former if !space.has_a_trap_of_its_own(stopped.tid(), address) => Some(address),
            Known::Former | Known::No => None,
        }
    }

    /// Takes a task that stands at a trap of somebody else's past it. One that has not hit it will, and that is soon enough,
    /// unless it is to make one step.
    pub(super) fn past_the_trap(&mut self, stopped: &Stopped, task: TaskId, action: Action) -> Action {
        let steps = match action {
            Action::Park | Action::Listen => return action,
            Action::Step(..) => true,
            _ => false,
        };
        let has_hit = self.notified.with(task, |course| std::mem::take(&mut course.has_hit)).unwrap_or(false);
        let registers = (has_hit || steps).then(|| stopped.registers().ok()).flatten();
        let Some(registers) = registers else { return action };
        let address = arch::instruction_of(&registers);
        let Some(space) = self.armed_at(stopped, address) else { return action };
        match self.passed(stopped, &registers).filter(|_| !steps) {
            Some(after) => {
                // ESRCH: it was killed.
                let _ = stopped.set_registers(&after);
                action
            }
            None => self.step_past(stopped, &space, (task, address), &registers, action),
        }
    }

    /// Its address space, if a trap stands at this address there.
    fn armed_at(&self, stopped: &Stopped, address: u64) -> Option<Rc<Space>> {
        let pid = self.table.get(stopped.tid())?.group.pid;
        let space = self.audience.origin.spaces.known(pid)?;
        (space.known_at(address) == Known::Armed).then_some(space)
    }

    /// The registers after the instruction below the trap, where we can tell.
    fn passed(&self, stopped: &Stopped, registers: &arch::Registers) -> Option<arch::Registers> {
        let mut code = [0; arch::INSTRUCTION];
        let code = self.text(stopped, arch::instruction_of(registers), &mut code)?;
        arch::passed_over(registers, code, |at| stopped.words(at).map(|[word]| word))
    }

    /// The text from this address as the program has it, without traps of ours; as much as can be read.
    pub(super) fn text<'b>(&self, stopped: &Stopped, address: u64, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let pid = self.table.get(stopped.tid())?.group.pid;
        let read = memory::read(stopped.tid(), address, buffer).ok()?;
        let text = buffer.get_mut(..read)?;
        self.audience.origin.spaces.conceal(pid, address, text);
        Some(text)
    }

    /// The trap is taken away until the task has made one step, or has come to the entry of the call that stands there: what the
    /// call does to its signals is done before a step over it traps. A handler may run before that. Whoever else passes meanwhile is
    /// found out afterwards.
    fn step_past(
        &mut self,
        stopped: &Stopped,
        space: &Rc<Space>,
        (task, address): (TaskId, u64),
        registers: &arch::Registers,
        action: Action,
    ) -> Action {
        space.lift(address);
        self.notified.with_new(task, |course| course.lifted = Some((space.clone(), address)));
        match action {
            Action::Continue(signal) | Action::ToSyscallStop(signal)
                if self.is_at_a_call(stopped, registers) == Some(true) =>
            {
                Action::ToSyscallStop(signal)
            }
            Action::Continue(signal) | Action::ToSyscallStop(signal) if !arch::steps_itself(registers) => {
                self.notified.with(task, |course| course.steps = true);
                Action::Step(Step::Instruction, signal)
            }
            other => other,
        }
    }

    /// A process was made: it has its creator's memory, or a copy with all the traps that were there.
    pub(super) fn born_with_traps(&self, birth: &Birth) {
        let flags = birth.call.flags;
        let shares = flags.contains(watchers::CloneFlags::CLONE_VM);
        if !flags.thread() && (shares || !self.audience.origin.spaces.is_empty()) {
            self.born_in_a_space(birth);
        }
    }

    #[cold]
    fn born_in_a_space(&self, birth: &Birth) {
        let creator = birth.call.task.parent().and_then(|task| Some((task.tid()?, task.pid()?)));
        let (Some((creator, creator_pid)), Some(pid)) = (creator, Pid::from_raw(birth.child.as_raw())) else {
            return;
        };
        let spaces = &self.audience.origin.spaces;
        // The pid may have been another process's.
        spaces.leave(pid);
        if birth.call.flags.contains(watchers::CloneFlags::CLONE_VM) {
            spaces.share(pid, creator_pid);
        } else if let Some(space) = spaces.known(creator_pid) {
            space.heal_copy(birth.child, creator);
        }
    }

    /// The process has another image: what was armed in the old one is gone with it, but for those who share it.
    pub(super) fn leave_address_space(&self, pid: Pid) {
        if !self.audience.origin.spaces.is_empty() {
            self.audience.origin.spaces.leave(pid);
        }
    }

    /// Whether a call that is about to be made can be skipped, and made afterwards, unnoticed.
    pub(super) fn may_skip(&self, stopped: &Stopped, change: &Change) -> bool {
        match change {
            Change::Entering { stopped_by: StoppedBy::AnyCall, .. } => {
                !self.is_filtered_by_others(stopped.tid())
            }
            _ => true,
        }
    }

    /// Whether a seccomp filter judges its calls that is not ours, and may not let a call of number -1 pass.
    fn is_filtered_by_others(&self, tid: Tid) -> bool {
        let ours = u64::from(self.interest.mode == crate::interest::Mode::Filter);
        let n_filters = Status::read(tid).and_then(|status| status.n_filters());
        n_filters.is_none_or(|n_filters| n_filters > ours)
    }
}
