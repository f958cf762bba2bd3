//! Stage 4 for the end of a task, `exit` and `free`, and of a process, `group_dead`.

use std::rc::Rc;

use watchers::{Event, ExitEvent, ExitStatus, FreeEvent, GroupDeadEvent, Signal, Tid};

use super::Tracer;
use crate::engine::{Dead, Place};
use crate::notify::Motion;
use crate::resume::Action;
use crate::stop::Stop;
use crate::sys::signal;
use crate::task::{Change, Group, Pending, Phase, Record, Root};
use crate::tracee::Stopped;

impl Tracer {
    /// It is about to die and its memory is still there.
    pub(super) fn exiting(&mut self, stopped: &Stopped, status: ExitStatus) -> Action {
        let tid = stopped.tid();
        let Some(record) = self.table.get_mut(tid) else { return Action::Continue(None) };
        record.motion = Motion::Stopped(Place::Exit);
        if record.exited.is_some() {
            // A thread that called exec, has a dead leader's tid by now, and was killed before its report.
            return Action::Continue(None);
        }
        let pid = record.group.pid;
        if matches!(record.phase, Phase::AtGate(_)) {
            // Killed at its gate: it has existed all the same.
            self.leave_gate(tid);
        } else {
            match record.take_pending() {
                Pending::Nothing => self.resolve_unfollowed_fork_of_the_dying(stopped),
                pending => self.resolve_call_of_the_dying(stopped, status, pending),
            }
        }
        self.search_before_death(tid);
        self.tell_hidden_ids(stopped);
        if tid.as_raw() != pid.as_raw() {
            self.ask_dead_leader(pid);
        }
        self.tell_exit(tid, status);
        Action::Continue(None)
    }

    #[cold]
    fn resolve_call_of_the_dying(&mut self, stopped: &Stopped, status: ExitStatus, pending: Pending) {
        match pending {
            Pending::Nothing | Pending::Refused { .. } => {}
            Pending::Clone(call) => {
                let Some(record) = self.record(stopped) else { return };
                record.exited = Some(status);
                let pid = record.group.pid;
                self.resolve_fork_of_the_dying(stopped.tid(), pid, call);
            }
            Pending::Ids { call, old, .. } => self.resolve_ids_of_the_dying(stopped, call, old),
            Pending::Creds(call) => self.resolve_creds_of_the_dying(stopped, &call),
        }
    }

    fn tell_exit(&mut self, tid: Tid, status: ExitStatus) {
        let Some(record) = self.table.get_mut(tid) else { return };
        record.exited = Some(status);
        let task = record.task.clone();
        let event = exit_event(record, status);
        self.has_exited(&task, &event);
        self.tell(&task, Event::Exit(&event), [Some(tid), None]);
    }

    /// As if its status had come from the kernel.
    pub(super) fn reaped(&mut self, tid: Tid, status: ExitStatus) {
        if let Change::Gone { record, status, vanished } = self.table.apply(tid, Stop::Gone(status)) {
            self.gone(tid, record, status, vanished);
        }
    }

    /// It is dead and reaped.
    pub(super) fn gone(
        &mut self,
        tid: Tid,
        mut record: Box<Record>,
        status: ExitStatus,
        vanished: Vec<Record>,
    ) {
        for mut other in vanished {
            self.tell_death(&mut other, status, Dead::Thread);
        }
        let is_leader = record.group.pid.as_raw() == tid.as_raw();
        self.tell_death(&mut record, status, if is_leader { Dead::Leader } else { Dead::Thread });
        if is_leader {
            record.group.set_end(record.task.clone(), status);
            self.leave_address_space(record.group.pid);
        } else {
            self.bury_dead_leader(&record.group, status);
        }
        self.tell_group_dead(&record.group);
        self.account(tid, &record, status);
    }

    /// A former leader that another thread's exec has replaced: no status of it will come.
    #[cold]
    pub(super) fn replaced(&mut self, mut leader: Box<Record>) {
        let status = leader.exited.unwrap_or(ExitStatus::from_raw(0));
        self.tell_death(&mut leader, status, Dead::Replaced);
    }

    /// `exit`, late, where the kernel skipped its stop, and `free`.
    pub(super) fn tell_death(&mut self, record: &mut Record, status: ExitStatus, of: Dead) {
        if record.clone_call().is_some()
            && let Pending::Clone(call) = record.take_pending()
        {
            self.lose_fork_of_the_dead(record, call);
        }
        let task = record.task.clone();
        if matches!(record.phase, Phase::AtGate(_)) {
            self.tell_clone_of_root(&task, [None; 2]);
        }
        if record.exited.is_none() {
            let event = exit_event(record, status).with_late();
            self.has_exited(&task, &event);
            self.tell(&task, Event::Exit(&event), [None; 2]);
        }
        self.work_of_the_dead(&task);
        // KERNEL: a thread that has ended by itself is reaped with the status of its group, if the group
        // has ended meanwhile (kernel/exit.c `wait_task_zombie`).
        let own = record.exited.filter(|_| task.is_thread()).unwrap_or(status);
        self.report_death(&task, own, of);
        self.tell(&task, Event::Free(&FreeEvent::died(own)), [None; 2]);
    }

    /// `group_dead`, if nobody of the group is left: its leader was reaped, everybody was freed, and no fork is
    /// open that may have made one more thread.
    ///
    /// KERNEL: a leader is reported after every other thread of its group was reaped (kernel/exit.c
    /// `delay_group_leader`), with the status that its parent gets.
    pub(super) fn tell_group_dead(&mut self, group: &Rc<Group>) {
        if self.lost.iter().any(|fork| fork.may_join(group)) {
            return;
        }
        if let Some((leader, status)) = group.take_end() {
            self.tell(&leader, Event::GroupDead(&GroupDeadEvent::new(status)), [None; 2]);
        }
    }

    /// Tells the owner of the command.
    pub(super) fn account(&mut self, tid: Tid, record: &Record, status: ExitStatus) {
        let root = Rc::clone(&record.root);
        if tid.as_raw() == root.pid.as_raw() {
            root.progress.set_status(status);
        }
        self.tell_tree_end(&root);
    }

    /// The owner of the command learns that its tree has ended, if nobody is left, nobody about to be born, and no fork
    /// open that may have made somebody more.
    pub(super) fn tell_tree_end(&self, root: &Root) {
        let mut others = self.table.roots_to_be().chain(self.lost_roots());
        if root.live.get() == 0 && !others.any(|other| std::ptr::eq(other, root)) {
            root.progress.set_tree_ended();
        }
    }

    /// Kills every task, and every task that these make before they die or have made already, unseen by us.
    #[cold]
    pub(crate) fn kill_all(&mut self) {
        for root in self.table.roots().chain(self.lost_roots()) {
            root.doomed.set(true);
        }
        for (_, record) in self.table.iter() {
            let _ = signal::kill(record.group.pid, Signal::SIGKILL);
        }
        self.let_the_dying_go();
    }
}

/// Counts a task out of its group.
fn exit_event(record: &Record, status: ExitStatus) -> ExitEvent {
    let event = ExitEvent::new(status);
    if record.group.shrink() { event.with_group_dead() } else { event }
}
