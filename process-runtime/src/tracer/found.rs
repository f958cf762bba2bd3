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
    /// A task was seized, or is a dead leader. Its process; none, if it has vanished with all that is known of it.
    ///
    /// What it is called is asked now: a tid may be another's since it was listed, and once seized it stays.
    pub(super) fn found(&mut self, tid: Tid, root: &Rc<Root>, state: FoundState) -> Option<Pid> {
        let status = Status::read(tid)?;
        let pid = status.pid()?;
        let mut record = self.record_of(tid, pid, &status, root);
        record.motion = Motion::Anywhere;
        if state == FoundState::ZombieLeader {
            (record.phase, record.motion) = (Phase::DeadLeader(status_of_the_dead(pid)), Motion::Dying);
        } else if self.interest.wants_ids() {
            record.credentials = credentials(tid);
        }
        if self.closing || root.doomed.get() {
            let _ = signal::kill(pid, Signal::SIGKILL);
        }
        let task = record.task.clone();
        self.table.add(tid, record);
        self.tell(&task, Event::Found(&FoundEvent::new(state)), [None; 2]);
        Some(pid)
    }

    /// Of a thread, which belongs to its leader; or of a process, which comes after its parent.
    fn record_of(&self, tid: Tid, pid: Pid, status: &Status, root: &Rc<Root>) -> Box<Record> {
        let leader = if tid.as_raw() == pid.as_raw() { None } else { self.table.leader(pid) };
        let parent = leader.or_else(|| self.table.leader(status.ppid()?));
        let group = match leader {
            Some(leader) => {
                leader.group.grow();
                leader.group.clone()
            }
            None => Group::new(pid),
        };
        group.filters_itself.set(group.filters_itself.get() || status.is_filtered());
        let builder = Task::builder().tid(tid).pid(pid);
        let builder = parent.into_iter().fold(builder, |builder, parent| builder.parent(&parent.task));
        Record::new(self.furnished(builder), group, root.clone())
    }

    /// A thread is about to end whose leader was dead when it was found. What the parent will get is known best now.
    ///
    /// KERNEL: that is the leader's own status, unless the process has ended as a whole (kernel/exit.c `wait_task_zombie`).
    pub(super) fn ask_dead_leader(&mut self, group: &Group) {
        let leader = Tid::from_raw(group.pid.as_raw()).and_then(|tid| self.table.get_mut(tid));
        if let Some(Record { phase: Phase::DeadLeader(status), .. }) = leader {
            *status = status_of_the_dead(group.pid);
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
