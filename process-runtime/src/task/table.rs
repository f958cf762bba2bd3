//! Stage 3: ([`Tid`], [`Stop`]) -> [`Change`]. The only place that adds, removes or re-keys tasks. Makes no
//! system call.
//!
//! A fork is two reports, the creator's event and the child's first stop, in any order; either may be
//! missing when somebody is killed. Whoever reports first waits, stopped, for the other: a child without a
//! creator's event is a *stranger*, an announced child without a stop is *expected*.

use std::rc::Rc;

use watchers::{CloneFlags, ExitStatus, Pid, Task, TaskId, Tid};

use super::{
    Birth, Change, CloneCall, FirstStop, Group, Kinship, Pending, Phase, Record, Root, StoppedBy, Stranger,
    TidMap,
};
use crate::stop::Stop;

/// Every task that we trace.
#[derive(Debug, Default)]
pub(crate) struct Table {
    records: TidMap<Record>,
    /// Announced by their creator, not yet stopped.
    expected: TidMap<Birth>,
    /// Stopped, not yet announced.
    strangers: TidMap<Stranger>,
    /// Records whose tid was reused before their exec was reported under the leader's tid.
    displaced: TidMap<Record>,
}

impl Table {
    /// The tasks, and those that may come of forks, for whoever changes what they have.
    pub(crate) fn tasks_mut(&mut self) -> impl Iterator<Item = &mut Rc<Task>> {
        let records = self.records.values_mut().chain(self.displaced.values_mut());
        let expected = self.expected.values_mut().map(|birth| &mut birth.call.task);
        records.flat_map(Record::tasks_mut).chain(expected)
    }

    /// The processes; some more than once.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Rc<Group>> {
        let records = self.records.values().chain(self.displaced.values()).map(|record| &record.group);
        records.chain(self.expected.values().filter_map(|birth| birth.creator_group.as_ref()))
    }

    /// Ids were not followed for a while: what is known of them is old.
    pub(crate) fn forget_credentials(&mut self) {
        let records = self.records.values_mut().chain(self.displaced.values_mut());
        records.for_each(|record| record.credentials = None);
    }

    /// Takes in what one task did.
    pub(crate) fn apply(&mut self, tid: Tid, stop: Stop) -> Change {
        if let Some(record) = self.records.get_mut(&tid)
            && matches!(record.phase, Phase::Parked { .. })
            && stop != Stop::Vanished
        {
            record.phase = Phase::Alive;
        }
        match stop {
            Stop::Trap => self.trap(tid),
            Stop::NewChild { child } => self.made(tid, child),
            Stop::Exec { old_tid } => self.exec(tid, old_tid),
            Stop::Gone(status) => self.gone(tid, status),
            Stop::Exiting(status) if self.is_known(tid) => Change::Exiting(status),
            Stop::Exiting(status) => self.first_stop(tid, FirstStop::Dying(status)),
            Stop::Seccomp { entry, data } => {
                let is_ours = data == u32::from(crate::filter::COOKIE);
                let stopped_by = if is_ours { StoppedBy::OurFilter } else { StoppedBy::ForeignFilter };
                Change::Entering { entry, stopped_by }
            }
            Stop::SyscallEnter(entry) => Change::Entering { entry, stopped_by: StoppedBy::AnyCall },
            Stop::SyscallExit { result } => Change::Leaving { result },
            Stop::Group(_) if self.is_known(tid) => Change::GroupStop,
            Stop::Group(_) => self.first_stop(tid, FirstStop::WithGroup),
            Stop::SignalDelivery(signal) => Change::Signal(signal),
            Stop::Other => Change::None,
            Stop::Vanished => Change::Dead,
        }
    }

    fn trap(&mut self, tid: Tid) -> Change {
        match self.records.get(&tid) {
            Some(Record { phase: Phase::AtGate(_), .. }) => Change::AtGate,
            Some(_) if self.is_known(tid) => Change::Trapped,
            _ => self.first_stop(tid, FirstStop::Alone),
        }
    }

    /// Whether `tid` is a task that lives, and not one that is announced under the same tid.
    fn is_known(&self, tid: Tid) -> bool {
        self.records.contains_key(&tid) && !self.expected.contains_key(&tid)
    }

    /// The first stop of a task: of one that is expected, or of a stranger.
    fn first_stop(&mut self, tid: Tid, first_stop: FirstStop) -> Change {
        match self.expected.remove(&tid) {
            Some(birth) => Change::Born(Birth { first_stop, ..birth }),
            None => {
                self.strangers.entry(tid).or_default().first_stop = first_stop;
                Change::Park
            }
        }
    }

    fn made(&mut self, creator: Tid, child: Tid) -> Change {
        let Some(record) = self.records.get_mut(&creator) else { return Change::None };
        let call = match record.take_pending() {
            Pending::Clone(call) => Some(call),
            Pending::Nothing | Pending::Ids { .. } | Pending::Creds(_) | Pending::Refused { .. } => None,
        };
        Change::Made { child, call }
    }

    /// The creator's half of a fork: `call` says what the child will be. What follows from it.
    pub(crate) fn expect(&mut self, creator: Tid, child: Tid, call: Box<CloneCall>) -> Change {
        let Some(record) = self.records.get_mut(&creator) else { return Change::None };
        record.phase = Phase::Parked { child };
        if call.flags.thread() {
            record.group.grow();
        }
        let birth = Birth {
            child,
            creator_group: call.flags.thread().then(|| record.group.clone()),
            root: record.root.clone(),
            parked: Some(creator),
            first_stop: FirstStop::Alone,
            call,
        };
        match self.strangers.remove(&child) {
            Some(Stranger { died: Some(status), .. }) => return Change::BornDead { birth, status },
            Some(Stranger { died: None, first_stop, .. }) => {
                return Change::Born(Birth { first_stop, ..birth });
            }
            None => {}
        }
        self.displace(child);
        self.expected.insert(child, birth);
        Change::Park
    }

    /// A dying creator's fork whose event will not come, but whose child is known to exist.
    pub(crate) fn expect_of_the_dying(&mut self, creator: Tid, child: Tid, call: Box<CloneCall>) -> Change {
        match self.expect(creator, child, call) {
            Change::Born(birth) => Change::Born(Birth { parked: None, ..birth }),
            Change::BornDead { birth, status } => {
                Change::BornDead { birth: Birth { parked: None, ..birth }, status }
            }
            other => {
                if let Some(birth) = self.expected.get_mut(&child) {
                    birth.parked = None;
                }
                other
            }
        }
    }

    /// Takes back what was expected of this child.
    pub(crate) fn take_expected(&mut self, child: Tid) -> Option<Birth> {
        self.expected.remove(&child)
    }

    /// Strangers of whom nobody has asked yet whose they are.
    pub(crate) fn unknown_strangers(&mut self) -> impl Iterator<Item = (Tid, &mut Stranger)> {
        let strangers = self.strangers.iter_mut().map(|(tid, stranger)| (*tid, stranger));
        strangers.filter(|(_, stranger)| stranger.kinship.is_none())
    }

    /// A stop under the tid of a thread that called exec and gave it up: the tid is another task's by now.
    pub(crate) fn reused(&mut self, tid: Tid) -> Change {
        self.displace(tid);
        self.first_stop(tid, FirstStop::Alone)
    }

    /// Sets the record of a thread aside that called exec and gave its tid up before that was reported.
    fn displace(&mut self, tid: Tid) {
        if let Some(stale) = self.records.remove(&tid) {
            self.displaced.insert(tid, stale);
        }
    }

    /// Whether `tid` is neither a task of ours nor announced.
    pub(crate) fn is_unknown(&self, tid: Tid) -> bool {
        !self.records.contains_key(&tid) && !self.expected.contains_key(&tid)
    }

    /// A stranger that no living task can still announce.
    pub(crate) fn orphan(&mut self, tracks_forks: bool) -> Option<(Tid, Stranger)> {
        let settled = |tid: Tid, stranger: &Stranger| {
            // One that is not asked yet is alive and can be; one that died before that may be anybody's.
            (stranger.kinship.is_some() || stranger.died.is_some())
                && !self.records.values().any(|record| could_announce(record, tid, stranger, tracks_forks))
        };
        let (&tid, &stranger) = self.strangers.iter().find(|(tid, stranger)| settled(**tid, stranger))?;
        self.strangers.remove(&tid);
        Some((tid, stranger))
    }

    /// A stranger that a living task could announce by what is known of them, where every such task `is_elsewhere`.
    pub(crate) fn unannounced(&mut self, is_elsewhere: impl Fn(Tid) -> bool) -> Option<(Tid, Stranger)> {
        let settled = |tid: Tid, stranger: &Stranger| {
            let could = |record: &Record| could_announce(record, tid, stranger, false);
            stranger.kinship.is_some()
                && self.records.iter().all(|(other, record)| !could(record) || is_elsewhere(*other))
        };
        let (&tid, &stranger) = self.strangers.iter().find(|(tid, stranger)| settled(**tid, stranger))?;
        self.strangers.remove(&tid);
        Some((tid, stranger))
    }

    /// The stranger that fits a fork whose creator is dying: a thread of `pid`, or a child of `pid`.
    pub(crate) fn stranger_of(&self, pid: Pid, flags: CloneFlags) -> Option<Tid> {
        let fits = |tid: Tid, it: &Kinship| match flags.thread() {
            true => it.is_thread_of(tid, pid),
            false => it.is_child_of(tid, pid),
        };
        let mut strangers = self.strangers.iter();
        let known = strangers.find(|(tid, it)| it.kinship.as_ref().is_some_and(|it| fits(**tid, it)));
        // One that was dead and reaped before anybody could ask was a thread: a process leaves a zombie to its
        // parent. It may be this thread as well as another's.
        let is_silent = |it: &Stranger| it.kinship.is_none() && it.died.is_some();
        let silent = || self.strangers.iter().find(|(_, it)| flags.thread() && is_silent(it));
        known.or_else(silent).map(|(tid, _)| *tid)
    }

    /// Whether `tid` has stopped, or died, unannounced.
    pub(crate) fn is_stranger(&self, tid: Tid) -> bool {
        self.strangers.contains_key(&tid)
    }

    /// Whether any stranger waits.
    pub(crate) fn has_strangers(&self) -> bool {
        !self.strangers.is_empty()
    }

    /// Adds a task that lives from now on.
    pub(crate) fn add(&mut self, tid: Tid, record: Record) {
        record.root.live.set(record.root.live.get() + 1);
        record.group.members.set(record.group.members.get() + 1);
        self.displace(tid);
        self.records.insert(tid, record);
    }

    /// KERNEL: an exec by another thread than the leader is reported under the leader's tid with the
    /// caller's former tid as message; no status ever comes for the former leader's death or for the old
    /// tid (ptrace(2), "execve(2) under ptrace").
    fn exec(&mut self, tid: Tid, old_tid: Option<Tid>) -> Change {
        let Some(old) = old_tid.filter(|old| *old != tid) else {
            return Change::Exec { leader: None, old_tid: None };
        };
        let Some(survivor) = self.displaced.remove(&old).or_else(|| self.same_group(tid, old)) else {
            return Change::Exec { leader: None, old_tid: None };
        };
        let leader = self.records.insert(tid, survivor);
        if let Some(leader) = &leader {
            forget(leader);
        }
        Change::Exec { leader, old_tid: Some(old) }
    }

    /// Takes the record under `old` if it is a thread of `tid`'s group.
    fn same_group(&mut self, tid: Tid, old: Tid) -> Option<Record> {
        let known = self.records.get(&old)?;
        (known.group.pid.as_raw() == tid.as_raw()).then(|| self.records.remove(&old)).flatten()
    }

    fn gone(&mut self, tid: Tid, status: ExitStatus) -> Change {
        if let Some(birth) = self.expected.remove(&tid) {
            return Change::BornDead { birth, status };
        }
        let Some(record) = self.records.remove(&tid) else {
            // A child that was killed before its creator's report, perhaps before its first stop.
            self.strangers.entry(tid).or_default().died = Some(status);
            return Change::Dead;
        };
        forget(&record);
        let is_leader = record.group.pid.as_raw() == tid.as_raw();
        let vanished = if is_leader { self.take_rest(&record.group) } else { Vec::new() };
        Change::Gone { record, status, vanished }
    }

    /// Takes what is left of a group whose leader is reaped.
    ///
    /// KERNEL: a leader is reported after every other thread of its group was reaped (kernel/exit.c
    /// `delay_group_leader`). Who is left then had called exec, taken the leader's tid, and was killed
    /// before the exec was reported: its death came under that tid.
    fn take_rest(&mut self, group: &Rc<Group>) -> Vec<Record> {
        if group.members.get() == 0 {
            return Vec::new();
        }
        let same = |_: &Tid, record: &mut Record| Rc::ptr_eq(&record.group, group);
        let rest = self.records.extract_if(same).chain(self.displaced.extract_if(same));
        rest.map(|(_, record)| record).inspect(forget).collect()
    }

    /// Takes the leader of a process that was dead when it was found, once no other thread is left: no status of it will come.
    ///
    /// KERNEL: the parent gets the status of a leader that has ended once the last other thread is reaped, which is when its tracer
    /// has had its status (kernel/exit.c `release_task`).
    pub(crate) fn take_dead_leader(&mut self, group: &Rc<Group>) -> Option<(Record, ExitStatus)> {
        let tid = Tid::from_raw(group.pid.as_raw())?;
        let Phase::DeadLeader(status) = self.records.get(&tid)?.phase else { return None };
        if group.members.get() > 1 {
            return None;
        }
        let leader = self.records.remove(&tid)?;
        forget(&leader);
        Some((leader, status))
    }

    /// Takes a leader whose tid another thread has by now, one that called exec and that we do not trace.
    pub(crate) fn take_replaced(&mut self, tid: Tid) -> Option<Record> {
        self.records.remove(&tid).inspect(forget)
    }

    /// Whether a child that was announced has not stopped yet.
    pub(crate) fn expects_somebody(&self) -> bool {
        !self.expected.is_empty()
    }

    /// A task that lives, by what it is called here.
    pub(crate) fn find(&self, task: TaskId) -> Option<(Tid, &Record)> {
        self.iter().find(|(_, record)| record.task.id() == task)
    }

    /// The record of a task.
    pub(crate) fn get(&self, tid: Tid) -> Option<&Record> {
        self.records.get(&tid)
    }

    /// The record of a task.
    pub(crate) fn get_mut(&mut self, tid: Tid) -> Option<&mut Record> {
        self.records.get_mut(&tid)
    }

    /// Every task that lives.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Tid, &Record)> {
        self.records.iter().map(|(tid, record)| (*tid, record))
    }

    /// The record of a process's leader, alive or a zombie.
    pub(crate) fn leader(&self, pid: Pid) -> Option<&Record> {
        self.records.get(&Tid::from_raw(pid.as_raw())?)
    }

    /// The command of each task that lives or was announced; some more than once.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &Root> {
        self.records.values().map(|record| &*record.root).chain(self.roots_to_be())
    }

    /// The command of each task that was announced and has not stopped yet.
    pub(crate) fn roots_to_be(&self) -> impl Iterator<Item = &Root> {
        self.expected.values().map(|birth| &*birth.root)
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

/// Whether `record`'s task may yet report the fork that made a stranger.
fn could_announce(record: &Record, tid: Tid, stranger: &Stranger, tracks_forks: bool) -> bool {
    let group = record.group.pid;
    let is_child = stranger.kinship.is_none_or(|kinship| kinship.is_child_of(tid, group));
    let is_thread = stranger.kinship.is_none_or(|kinship| kinship.is_thread_of(tid, group));
    match record.clone_call() {
        _ if record.exited.is_some() => false,
        Some(call) if call.flags.thread() => is_thread,
        Some(call) => is_child || call.flags.contains(CloneFlags::CLONE_PARENT),
        None => !tracks_forks && (is_child || is_thread),
    }
}
