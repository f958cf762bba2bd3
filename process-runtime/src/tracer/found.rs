//! Stage 4 for tasks that were there before us: `found`, and the end of a leader that was dead already.

use std::rc::Rc;

use watchers::{Event, ExitStatus, FoundEvent, FoundState, Pid, Signal, Task, Tid};

use super::Tracer;
use super::ids::credentials;
use super::search::{is_alive, is_ours};
use crate::engine::Dead;
use crate::notify::Motion;
use crate::proc::{self, Status};
use crate::sys::signal;
use crate::task::{Group, Phase, Record, Root};

impl Tracer {
    /// A task was seized as `tid` of `pid`. What it is called by now, and its process.
    ///
    /// KERNEL: who has a tracer keeps its tid until the tracer has waited for it, as a zombie too (kernel/exit.c `exit_notify`);
    /// unless it calls exec, and takes the tid of its leader, who is dead then (fs/exec.c `de_thread`). PTRACE_SEIZE waits for an exec
    /// that is under way (kernel/ptrace.c `ptrace_attach`, cred_guard_mutex), and so often finds a thread right there.
    pub(super) fn found(&mut self, tid: Tid, pid: Pid, root: &Rc<Root>) -> Option<(Tid, Pid)> {
        let is_leader = tid.as_raw() == pid.as_raw();
        // One look, as it may move before the next. Under its tid it may be of another process than the one of the list.
        let status = Status::read(tid).filter(|status| is_leader || is_ours(status));
        let Some(status) = status else { return self.found_moved(tid, pid, root) };
        let pid = status.pid()?;
        let mut record = self.record_of(tid, pid, &status, root);
        if self.interest.wants_ids() {
            record.credentials = credentials(tid);
        }
        self.introduce(tid, record, FoundState::Traced);
        Some((tid, pid))
    }

    /// A thread was seized that is not called `old` any more: it has its leader's tid. It is told as what it was, and the end of the
    /// leader after it, as if its exec had come later. The exec itself is told when its stop comes; it need not come, as the thread
    /// may be past it.
    fn found_moved(&mut self, old: Tid, pid: Pid, root: &Rc<Root>) -> Option<(Tid, Pid)> {
        let tid = Tid::from_raw(pid.as_raw()).filter(|tid| *tid != old)?;
        let status = Status::read(tid).filter(is_ours)?;
        let mut record = self.record_of(old, pid, &status, root);
        if self.interest.wants_ids() {
            record.credentials = credentials(tid);
        }
        let task = record.task.clone();
        self.introduce(old, record, FoundState::Traced);
        if let Some(leader) = self.table.has_moved(old, tid) {
            self.replaced(leader);
        }
        task.bind(tid, pid);
        self.leave_address_space(pid);
        Some((tid, pid))
    }

    /// A leader is dead, and others of its process live.
    pub(super) fn found_dead(&mut self, tid: Tid, pid: Pid, root: &Rc<Root>) -> Option<(Tid, Pid)> {
        let status = Status::read(tid)?;
        let mut record = self.record_of(tid, pid, &status, root);
        (record.phase, record.motion) = (Phase::DeadLeader(status_of_the_dead(pid)), Motion::Dying);
        self.introduce(tid, record, FoundState::ZombieLeader);
        Some((tid, pid))
    }

    /// Whoever is known under the tid of a leader is not the one that was found: that one has taken its place.
    fn introduce(&mut self, tid: Tid, record: Box<Record>, state: FoundState) {
        if self.closing || record.root.doomed.get() {
            let _ = signal::kill(record.group.pid, Signal::SIGKILL);
        }
        if let Some(replaced) = self.table.take_replaced(tid) {
            self.replaced(replaced);
            self.leave_address_space(record.group.pid);
        }
        let task = record.task.clone();
        self.table.add(tid, record);
        self.tell(&task, Event::Found(&FoundEvent::new(state)), [None; 2]);
    }

    /// Of a thread, which belongs to its leader; or of a process, which comes after its parent.
    fn record_of(&self, tid: Tid, pid: Pid, status: &Status, root: &Rc<Root>) -> Box<Record> {
        let leader = if tid.as_raw() == pid.as_raw() { None } else { self.table.leader(pid) };
        let parent = leader.or_else(|| self.table.leader(status.ppid()?));
        let group = self.table.join(pid);
        group.filters_itself.set(group.filters_itself.get() || status.is_filtered());
        let builder = Task::builder().tid(tid).pid(pid);
        let builder = parent.into_iter().fold(builder, |builder, parent| builder.parent(&parent.task));
        let mut record = Record::new(self.furnished(builder), group, root.clone());
        record.motion = Motion::Anywhere;
        record
    }

    /// A thread is about to end whose leader was dead when it was found. What the parent will get is known best now.
    ///
    /// KERNEL: that is the leader's own status, unless the process has ended as a whole (kernel/exit.c `wait_task_zombie`).
    pub(super) fn ask_dead_leader(&mut self, pid: Pid) {
        let leader = Tid::from_raw(pid.as_raw()).and_then(|tid| self.table.get_mut(tid));
        if let Some(Record { phase: Phase::DeadLeader(status), .. }) = leader {
            *status = status_of_the_dead(pid);
        }
    }

    /// The last thread is gone whose leader was dead when it was found: so is the leader.
    pub(super) fn bury_dead_leader(&mut self, group: &Rc<Group>, last: ExitStatus) {
        // A thread that is still to be seized may have called exec and be about to take the leader's place.
        if self.search.is_some() && is_alive(group.pid) {
            return;
        }
        let Some((mut leader, status)) = self.table.take_dead_leader(group) else { return };
        // A signal ends the process as a whole.
        let status = if last.signal().is_some() { last } else { status };
        self.tell_death(&mut leader, status, Dead::Leader);
        group.set_end(leader.task.clone(), status);
        if let Some(tid) = Tid::from_raw(group.pid.as_raw()) {
            self.account(tid, &leader, status);
        }
    }

    /// Leaders that were seized, and are gone without a word.
    ///
    /// KERNEL: if a thread that we do not trace calls exec, the kernel reaps the leader itself, and tells nobody (fs/exec.c
    /// `de_thread`). We have seen its exit, or not even that: one that has passed its exit stop can still be seized.
    pub(super) fn vanished_leaders(&self) -> Vec<Tid> {
        let is_one = |tid: &Tid, record: &Record| {
            tid.as_raw() == record.group.pid.as_raw()
                && matches!(record.motion, Motion::Anywhere | Motion::Dying)
                && matches!(record.phase, Phase::Alive)
                && !Status::read(*tid).is_some_and(|status| is_ours(&status))
        };
        self.table.iter().filter(|(tid, record)| is_one(tid, record)).map(|(tid, _)| tid).collect()
    }

    /// A leader that we had seized may be gone without a word, and a thread that we had not may have its tid.
    ///
    /// KERNEL: a thread that calls exec takes the leader's tid, and the leader is reaped by the kernel itself (fs/exec.c
    /// `de_thread`). Its tracer is told by the exec of the thread, if it traces that one, and not at all otherwise.
    pub(super) fn is_replaced(&self, leader: Tid) -> bool {
        let Some(record) = self.table.get(leader) else { return false };
        let is_dead = record.exited.is_some() || matches!(record.phase, Phase::DeadLeader(_));
        is_dead && Status::read(leader).is_some_and(|status| !status.is_dead() && !is_ours(&status))
    }

    /// They are dead leaders from now on, whose tid a thread may have.
    fn notice_vanished_leaders(&mut self) {
        for tid in self.vanished_leaders() {
            let Some(record) = self.table.get_mut(tid) else { continue };
            let status = record.exited.unwrap_or_else(|| status_of_the_dead(record.group.pid));
            (record.phase, record.motion) = (Phase::DeadLeader(status), Motion::Dying);
        }
    }

    /// The end of dead leaders whose last thread was never ours. Whether nobody is left to wait for.
    pub(super) fn bury_forsaken_leaders(&mut self) -> bool {
        self.notice_vanished_leaders();
        let alone = |record: &&Record| {
            matches!(record.phase, Phase::DeadLeader(_)) && record.group.members.get() == 1
        };
        let groups =
            self.table.iter().map(|(_, record)| record).filter(alone).map(|record| record.group.clone());
        let groups: Vec<_> = groups.collect();
        let (waiting, over): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| is_alive(group.pid));
        for group in over {
            self.bury_dead_leader(&group, status_of_the_dead(group.pid));
            self.tell_group_dead(&group);
        }
        waiting.is_empty()
    }
}

fn status_of_the_dead(pid: Pid) -> ExitStatus {
    proc::status_of_the_dead(pid).unwrap_or(ExitStatus::from_raw(0))
}
