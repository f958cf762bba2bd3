//! Stage 3: ([`Tid`], [`Stop`]) -> [`Change`]. The only place that adds, removes or re-keys tasks. Makes no
//! system call.

use std::rc::Rc;

use watchers::{ExitStatus, Pid, Task, TaskId, Tid};

use super::few::Few;
use super::records::Records;
use super::{Birth, Change, FirstStop, Group, Pending, Phase, Record, Root, StoppedBy, Stranger};
use crate::notify::Motion;
use crate::stop::Stop;

/// Every task that we trace.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(super) records: Records,
    /// Announced by their creator, not yet stopped.
    pub(super) expected: Few<Birth>,
    /// Stopped, not yet announced.
    pub(super) strangers: Few<Stranger>,
    /// Records whose tid was reused before their exec was reported under the leader's tid.
    displaced: Records,
}

impl Table {
    /// The tasks, and those that may come of forks, for whoever changes what they have.
    pub(crate) fn tasks_mut(&mut self) -> impl Iterator<Item = &mut Rc<Task>> {
        let records = self.records.values_mut().chain(self.displaced.values_mut());
        let expected = self.expected.iter_mut().map(|(_, birth)| &mut birth.call.task);
        records.flat_map(|record| record.tasks_mut()).chain(expected)
    }

    /// The processes; some more than once.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Rc<Group>> {
        let records = self.records.values().chain(self.displaced.values()).map(|record| &record.group);
        records.chain(self.expected.iter().filter_map(|(_, birth)| birth.creator_group.as_ref()))
    }

    /// Ids were not followed for a while: what is known of them is old.
    pub(crate) fn forget_credentials(&mut self) {
        let records = self.records.values_mut().chain(self.displaced.values_mut());
        records.for_each(|record| record.credentials = None);
    }

    /// Takes in what one task did.
    #[inline(always)]
    pub(crate) fn apply(&mut self, tid: Tid, stop: Stop) -> Change {
        let is_known = self.arrive(tid, stop);
        match stop {
            Stop::Trap if is_known => self.trap(tid),
            Stop::Trap => self.first_stop(tid, FirstStop::Alone),
            Stop::NewChild { child } => self.made(tid, child),
            Stop::Exec { old_tid } => self.exec(tid, old_tid),
            Stop::Gone(status) => self.gone(tid, status),
            Stop::Exiting(status) if is_known => Change::Exiting(status),
            Stop::Exiting(status) => self.first_stop(tid, FirstStop::Dying(status)),
            Stop::Seccomp { entry, data } => {
                let is_ours = data == u32::from(crate::filter::COOKIE);
                let stopped_by = if is_ours { StoppedBy::OurFilter } else { StoppedBy::ForeignFilter };
                Change::Entering { entry, stopped_by }
            }
            Stop::SyscallEnter(entry) => Change::Entering { entry, stopped_by: StoppedBy::AnyCall },
            Stop::SyscallExit { result } => Change::Leaving { result },
            Stop::Group(_) if is_known => Change::GroupStop,
            Stop::Group(_) => self.first_stop(tid, FirstStop::WithGroup),
            Stop::SignalDelivery(signal) => Change::Signal(signal),
            Stop::Other => Change::None,
            Stop::Vanished => Change::Dead,
        }
    }

    /// Notes where a task has stopped. Whether it is one that lives, and not one that is announced under the same tid.
    #[inline]
    fn arrive(&mut self, tid: Tid, stop: Stop) -> bool {
        let Some(record) = self.get_mut(tid) else { return false };
        record.motion = Motion::at(stop);
        if matches!(record.phase, Phase::Parked { .. }) && stop != Stop::Vanished {
            record.phase = Phase::Alive;
        }
        self.expected.is_empty() || !self.is_expected(tid)
    }

    #[cold]
    fn is_expected(&self, tid: Tid) -> bool {
        self.expected.contains(tid)
    }

    #[cold]
    fn trap(&self, tid: Tid) -> Change {
        match self.get(tid) {
            Some(Record { phase: Phase::AtGate(_), .. }) => Change::AtGate,
            _ => Change::Trapped,
        }
    }

    #[inline]
    fn made(&mut self, creator: Tid, child: Tid) -> Change {
        let Some(record) = self.get_mut(creator) else { return Change::None };
        let call = match record.take_pending() {
            Pending::Clone(call) => Some(call),
            Pending::Nothing | Pending::Ids { .. } | Pending::Creds(_) | Pending::Refused { .. } => None,
        };
        Change::Made { child, call }
    }

    /// A stop under the tid of a thread that called exec and gave it up: the tid is another task's by now.
    pub(crate) fn reused(&mut self, tid: Tid) -> Change {
        self.displace(tid);
        self.first_stop(tid, FirstStop::Alone)
    }

    /// Sets the record of a thread aside that called exec and gave its tid up before that was reported.
    pub(super) fn displace(&mut self, tid: Tid) {
        if self.records.contains(tid) {
            self.set_aside(tid);
        }
    }

    #[cold]
    fn set_aside(&mut self, tid: Tid) {
        if let Some(stale) = self.records.remove(tid) {
            self.displaced.insert(tid, stale);
        }
    }

    /// Whether it is known, and no other task of its process is. Others may be there that are not seized yet. But we hear of an exec
    /// of ours only, and who is seized is known before anybody's stop is looked at: it was this one's, and nobody need be asked
    /// what it was called. The answer is even wrong where it was seized in the exec.
    ///
    /// KERNEL: the message of an exec is what the caller was called in the pid namespace of its parent, or tracer, when the exec
    /// began (fs/exec.c `exec_binprm`); one that is seized later in that exec has the parent's.
    pub(crate) fn is_alone(&self, tid: Tid) -> bool {
        self.get(tid).is_some_and(|record| record.group.members.get() == 1)
    }

    /// Whether `tid` is neither a task of ours nor announced.
    pub(crate) fn is_unknown(&self, tid: Tid) -> bool {
        !self.records.contains(tid) && !self.expected.contains(tid)
    }

    /// The process of a task that was found in it. Who is known of it may be the leader whose tid the task has by now, after an exec:
    /// it stays one process, which ends once.
    pub(crate) fn join(&self, pid: Pid) -> Rc<Group> {
        let Some(leader) = self.leader(pid) else { return Group::new(pid) };
        leader.group.grow();
        leader.group.clone()
    }

    /// Adds a task that lives from now on.
    pub(crate) fn add(&mut self, tid: Tid, record: Box<Record>) {
        record.root.live.set(record.root.live.get() + 1);
        record.group.members.set(record.group.members.get() + 1);
        if let Some(stale) = self.records.insert(tid, record) {
            self.displaced.insert(tid, stale);
        }
    }

    /// KERNEL: an exec by another thread than the leader is reported under the leader's tid with the
    /// caller's former tid as message; no status ever comes for the former leader's death or for the old
    /// tid (ptrace(2), "execve(2) under ptrace").
    #[inline]
    fn exec(&mut self, tid: Tid, old_tid: Option<Tid>) -> Change {
        if let Some(old) = old_tid.filter(|old| *old != tid)
            && let Some(survivor) = self.survivor(tid, old)
        {
            return Change::Exec { leader: self.succeed(tid, survivor), old_tid: Some(old) };
        }
        let moved_from = self.get_mut(tid).and_then(|record| record.moved_from.take());
        Change::Exec { leader: None, old_tid: moved_from }
    }

    /// A thread that calls exec has the tid of its leader before its exec was reported. Gives the record of the leader.
    pub(crate) fn has_moved(&mut self, old: Tid, tid: Tid) -> Option<Box<Record>> {
        let mut survivor = self.same_group(tid, old)?;
        survivor.moved_from = Some(old);
        self.succeed(tid, survivor)
    }

    /// The record of a thread that was `old` until its exec.
    #[cold]
    fn survivor(&mut self, tid: Tid, old: Tid) -> Option<Box<Record>> {
        self.displaced.remove(old).or_else(|| self.same_group(tid, old))
    }

    #[cold]
    fn succeed(&mut self, tid: Tid, survivor: Box<Record>) -> Option<Box<Record>> {
        self.records.insert(tid, survivor).inspect(|leader| forget(leader))
    }

    /// Takes the record under `old` if it is a thread of `tid`'s group.
    #[cold]
    fn same_group(&mut self, tid: Tid, old: Tid) -> Option<Box<Record>> {
        let known = self.records.get(old)?;
        (known.group.pid.as_raw() == tid.as_raw()).then(|| self.records.remove(old)).flatten()
    }

    fn gone(&mut self, tid: Tid, status: ExitStatus) -> Change {
        if let Some(birth) = self.expected.take(tid) {
            return Change::BornDead { birth, status };
        }
        let Some(record) = self.records.remove(tid) else {
            return self.stranger_has_died(tid, status);
        };
        forget(&record);
        let is_leader = record.group.pid.as_raw() == tid.as_raw();
        let has_rest = is_leader && record.group.members.get() > 0;
        let vanished = if has_rest { self.take_rest(&record.group) } else { Vec::new() };
        Change::Gone { record, status, vanished }
    }

    /// A child that was killed before its creator's report, perhaps before its first stop.
    #[cold]
    fn stranger_has_died(&mut self, tid: Tid, status: ExitStatus) -> Change {
        let known = self.strangers.take(tid).unwrap_or_default();
        self.strangers.insert(tid, Stranger { died: Some(status), ..known });
        Change::Dead
    }

    /// Takes what is left of a group whose leader is reaped.
    ///
    /// KERNEL: a leader is reported after every other thread of its group was reaped (kernel/exit.c
    /// `delay_group_leader`). Who is left then had called exec, taken the leader's tid, and was killed
    /// before the exec was reported: its death came under that tid.
    #[cold]
    fn take_rest(&mut self, group: &Rc<Group>) -> Vec<Record> {
        let same = |record: &Record| Rc::ptr_eq(&record.group, group);
        let rest = self.records.take(same).into_iter().chain(self.displaced.take(same));
        rest.inspect(forget).collect()
    }

    /// Takes the leader of a process that was dead when it was found, once no other thread is left: no status of it will come.
    ///
    /// KERNEL: the parent gets the status of a leader that has ended once the last other thread is reaped, which is when its tracer
    /// has had its status (kernel/exit.c `release_task`).
    pub(crate) fn take_dead_leader(&mut self, group: &Rc<Group>) -> Option<(Box<Record>, ExitStatus)> {
        let tid = Tid::from_raw(group.pid.as_raw())?;
        let Phase::DeadLeader(status) = self.records.get(tid)?.phase else { return None };
        if group.members.get() > 1 {
            return None;
        }
        let leader = self.records.remove(tid)?;
        forget(&leader);
        Some((leader, status))
    }

    /// Takes a leader whose tid another thread has by now, one that called exec and that we do not trace.
    pub(crate) fn take_replaced(&mut self, tid: Tid) -> Option<Box<Record>> {
        self.records.remove(tid).inspect(|record| forget(record))
    }

    /// A task that lives, by what it is called here.
    pub(crate) fn find(&self, task: TaskId) -> Option<(Tid, &Record)> {
        self.iter().find(|(_, record)| record.task.id() == task)
    }

    /// The record of a task.
    #[inline]
    pub(crate) fn get(&self, tid: Tid) -> Option<&Record> {
        self.records.get(tid)
    }

    /// The record of a task.
    #[inline]
    pub(crate) fn get_mut(&mut self, tid: Tid) -> Option<&mut Record> {
        self.records.get_mut(tid)
    }

    /// Every task that lives.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Tid, &Record)> {
        self.records.iter()
    }

    /// The record of a process's leader, alive or a zombie.
    pub(crate) fn leader(&self, pid: Pid) -> Option<&Record> {
        self.get(Tid::from_raw(pid.as_raw())?)
    }

    /// The command of each task that lives or was announced; some more than once.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &Root> {
        self.records.values().map(|record| &*record.root).chain(self.roots_to_be())
    }

    /// The command of each task that was announced and has not stopped yet.
    pub(crate) fn roots_to_be(&self) -> impl Iterator<Item = &Root> {
        self.expected.iter().map(|(_, birth)| &*birth.root)
    }

    /// Some command that still has tasks.
    pub(crate) fn any_root(&self) -> Option<Rc<Root>> {
        self.records.values().next().map(|record| record.root.clone())
    }

    /// Whether nobody is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.expected.is_empty() && self.strangers.is_empty()
    }
}

/// Counts a record that was removed out of its tree and its group.
fn forget(record: &Record) {
    record.root.live.set(record.root.live.get().saturating_sub(1));
    record.group.members.set(record.group.members.get().saturating_sub(1));
}
