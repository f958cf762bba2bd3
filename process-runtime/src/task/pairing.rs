//! The two halves of a fork find each other, in stage 3.
//!
//! A fork is two reports, the creator's event and the child's first stop, in any order; either may be
//! missing when somebody is killed. Whoever reports first waits, stopped, for the other: a child without a
//! creator's event is a *stranger*, an announced child without a stop is *expected*.

use watchers::{CloneFlags, Pid, Tid};

use super::{Birth, Change, CloneCall, FirstStop, Kinship, Phase, Record, Stranger, Table};

impl Table {
    /// The first stop of a task: of one that is expected, or of a stranger.
    pub(super) fn first_stop(&mut self, tid: Tid, first_stop: FirstStop) -> Change {
        match self.expected.take(tid) {
            Some(birth) => Change::Born(Birth { first_stop, ..birth }),
            None => {
                let known = self.strangers.take(tid).unwrap_or_default();
                self.strangers.insert(tid, Stranger { first_stop, ..known });
                Change::Park
            }
        }
    }

    /// The creator's half of a fork: `call` says what the child will be. What follows from it.
    pub(crate) fn expect(&mut self, creator: Tid, child: Tid, call: CloneCall) -> Change {
        let Some(record) = self.records.get_mut(creator) else { return Change::None };
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
        match self.strangers.take(child) {
            Some(Stranger { died: Some(status), .. }) => return Change::BornDead { birth, status },
            Some(Stranger { died: None, first_stop, .. }) => {
                return Change::Born(Birth { first_stop, ..birth });
            }
            None => {}
        }
        self.await_child(child, birth);
        Change::Park
    }

    #[inline(never)]
    fn await_child(&mut self, child: Tid, birth: Birth) {
        self.displace(child);
        self.expected.insert(child, birth);
    }

    /// A dying creator's fork whose event will not come, but whose child is known to exist.
    pub(crate) fn expect_of_the_dying(&mut self, creator: Tid, child: Tid, call: CloneCall) -> Change {
        match self.expect(creator, child, call) {
            Change::Born(birth) => Change::Born(Birth { parked: None, ..birth }),
            Change::BornDead { birth, status } => {
                Change::BornDead { birth: Birth { parked: None, ..birth }, status }
            }
            other => {
                if let Some(birth) = self.expected.get_mut(child) {
                    birth.parked = None;
                }
                other
            }
        }
    }

    /// Takes back what was expected of this child.
    pub(crate) fn take_expected(&mut self, child: Tid) -> Option<Birth> {
        self.expected.take(child)
    }

    /// Strangers of whom nobody has asked yet whose they are.
    pub(crate) fn unknown_strangers(&mut self) -> impl Iterator<Item = (Tid, &mut Stranger)> {
        self.strangers.iter_mut().filter(|(_, stranger)| stranger.kinship.is_none())
    }

    /// A stranger that no living task can still announce.
    pub(crate) fn orphan(&mut self, tracks_forks: bool) -> Option<(Tid, Stranger)> {
        let settled = |tid: Tid, stranger: &Stranger| {
            // One that is not asked yet is alive and can be; one that died before that may be anybody's.
            (stranger.kinship.is_some() || stranger.died.is_some())
                && !self.records.values().any(|record| could_announce(record, tid, stranger, tracks_forks))
        };
        let (tid, &stranger) = self.strangers.iter().find(|(tid, stranger)| settled(*tid, stranger))?;
        self.strangers.take(tid);
        Some((tid, stranger))
    }

    /// A stranger that a living task could announce by what is known of them, where every such task `is_elsewhere`.
    pub(crate) fn unannounced(&mut self, is_elsewhere: impl Fn(Tid) -> bool) -> Option<(Tid, Stranger)> {
        let settled = |tid: Tid, stranger: &Stranger| {
            let could = |record: &Record| could_announce(record, tid, stranger, false);
            stranger.kinship.is_some()
                && self.records.iter().all(|(other, record)| !could(record) || is_elsewhere(other))
        };
        let (tid, &stranger) = self.strangers.iter().find(|(tid, stranger)| settled(*tid, stranger))?;
        self.strangers.take(tid);
        Some((tid, stranger))
    }

    /// The stranger that fits a fork whose creator is dying: a thread of `pid`, or a child of `pid`.
    pub(crate) fn stranger_of(&self, pid: Pid, flags: CloneFlags) -> Option<Tid> {
        let fits = |tid: Tid, it: &Kinship| match flags.thread() {
            true => it.is_thread_of(tid, pid),
            false => it.is_child_of(tid, pid),
        };
        let mut strangers = self.strangers.iter();
        let known = strangers.find(|(tid, it)| it.kinship.as_ref().is_some_and(|it| fits(*tid, it)));
        // One that was dead and reaped before anybody could ask was a thread: a process leaves a zombie to its
        // parent. It may be this thread as well as another's.
        let is_silent = |it: &Stranger| it.kinship.is_none() && it.died.is_some();
        let silent = || self.strangers.iter().find(|(_, it)| flags.thread() && is_silent(it));
        known.or_else(silent).map(|(tid, _)| tid)
    }

    /// Whether `tid` has stopped, or died, unannounced.
    pub(crate) fn is_stranger(&self, tid: Tid) -> bool {
        self.strangers.contains(tid)
    }

    /// Whether any stranger waits.
    pub(crate) fn has_strangers(&self) -> bool {
        !self.strangers.is_empty()
    }

    /// Whether a child that was announced has not stopped yet.
    pub(crate) fn expects_somebody(&self) -> bool {
        !self.expected.is_empty()
    }
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
