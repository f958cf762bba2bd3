//! Stage 4 for forks that their creators could not report: who was born all the same, and who was not.
//!
//! A creator that is killed in a fork reports nothing. Its child, if there is one, is a stranger, before or
//! after the creator's death, and the fork is *lost* until the two meet or nothing more can come.

use std::rc::Rc;

use watchers::{CloneFlags, Pid, Stillborn, Task, Tid};

use super::Tracer;
use super::entry::flags_of;
use crate::proc::{self, Status};
use crate::resume::Action;
use crate::task::{Birth, Change, CloneCall, Group, Kinship, Record, Root, Stranger};
use crate::tracee::Stopped;

/// A fork whose creator is dead, and whose child, if any, has not shown up.
#[derive(Debug)]
pub(super) struct LostFork {
    call: CloneCall,
    /// The group that a thread was born into.
    creator_group: Option<Rc<Group>>,
    root: Rc<Root>,
}

/// How often in a row a running task is looked at before it is taken to be on no way to a report.
const MOST_LOOKS: u32 = 200;

impl Tracer {
    /// Takes in strangers whose creators were killed before they could report: they get a late `init`.
    /// Whether there was any.
    #[cold]
    pub(super) fn adopt_orphans(&mut self) -> bool {
        let mut adopted = false;
        self.ask_strangers();
        while let Some((tid, stranger)) = self.table.orphan(self.interest.follows_forks()) {
            adopted = true;
            self.adopt(tid, &stranger);
        }
        adopted
    }

    /// Where nobody watches `init`, forks are not followed, and any task that could be the parent may yet report. While nothing is
    /// waiting: takes in a stranger of whom no such task is on the way to do so. Whether it is worth looking again.
    ///
    /// KERNEL: between making the child and stopping for it a task does not sleep (kernel/fork.c `kernel_clone`). An orphan is
    /// the child of whoever adopted it, a subreaper of the tree perhaps, which never reports it.
    pub(super) fn adopt_the_unannounced(&mut self) -> bool {
        if self.interest.follows_forks() || !self.table.has_strangers() {
            return false;
        }
        self.n_looks += 1;
        // A parent that only computes is on no such way either. If it was, after all, its report is of a child that we know.
        let is_elsewhere =
            |tid| self.n_looks > MOST_LOOKS || Status::read(tid).is_none_or(|status| !status.is_running());
        if let Some((tid, stranger)) = self.table.unannounced(is_elsewhere) {
            self.adopt(tid, &stranger);
            return true;
        }
        std::thread::yield_now();
        self.n_looks <= MOST_LOOKS
    }

    fn adopt(&mut self, tid: Tid, stranger: &Stranger) {
        self.has_adopted = true;
        let stopped = Stopped::claim(tid);
        let birth = self.orphan_birth(&stopped, stranger);
        match (birth, stranger.died) {
            (Some(birth), Some(status)) => self.born_dead(birth, status),
            (Some(birth), None) => {
                let action = self.born(birth);
                self.resume(stopped, action);
            }
            (None, _) => self.resume(stopped, Action::Continue(None)),
        }
    }

    fn ask_strangers(&mut self) {
        for (tid, stranger) in self.table.unknown_strangers() {
            stranger.kinship = Kinship::read(tid);
        }
    }

    /// KERNEL: a child's registers at its first stop are its creator's in the fork, so the call that made it
    /// can be read from the child.
    fn orphan_birth(&mut self, stopped: &Stopped, stranger: &Stranger) -> Option<Birth> {
        if let Some(lost) = self.lost_fork_of(stopped.tid(), stranger) {
            let LostFork { call, creator_group, root } = lost;
            let first_stop = stranger.first_stop;
            return Some(Birth { child: stopped.tid(), call, creator_group, root, parked: None, first_stop });
        }
        let (kinship, first_stop) = (stranger.kinship, stranger.first_stop);
        let sigchld = CloneFlags::from_raw(libc::SIGCHLD as u64);
        let known = stopped.clone_arguments();
        let flags = known.map_or(sigchld, |(call, args)| flags_of(stopped, call, args));
        let is_thread = kinship.is_some_and(|kinship| kinship.pid.as_raw() != stopped.tid().as_raw());
        let relative = kinship.and_then(|kinship| if is_thread { Some(kinship.pid) } else { kinship.ppid });
        let relative = relative.and_then(|pid| self.table.leader(pid));
        let root = relative.map(|record| record.root.clone()).or_else(|| self.table.any_root())?;
        let creator_group = relative.filter(|_| is_thread).map(|record| record.group.clone());
        if let Some(group) = &creator_group {
            group.grow();
        }
        let task = match relative {
            Some(record) => self.child_task(record, flags),
            None => self.furnished(Task::builder()),
        };
        self.tell_init_late(&task, flags);
        let call = CloneCall { task, flags, restore: None };
        Some(Birth { child: stopped.tid(), call, creator_group, root, parked: None, first_stop })
    }

    /// The tasks that may come of lost forks.
    pub(super) fn lost_tasks_mut(lost: &mut [LostFork]) -> impl Iterator<Item = &mut Rc<Task>> {
        lost.iter_mut().map(|fork| &mut fork.call.task)
    }

    /// The processes that the tasks of lost forks may be threads of.
    pub(super) fn lost_groups(&self) -> impl Iterator<Item = &Rc<Group>> {
        self.lost.iter().filter_map(|fork| fork.creator_group.as_ref())
    }

    /// A traced task that the kernel lists as thread or child of `relative` and that we do not know. A zombie
    /// that we have reaped stays in the list until its parent reaps it too.
    fn unannounced_of(&self, creator: Tid, relative: Pid, flags: CloneFlags) -> Option<Tid> {
        let born = match flags.thread() {
            true => proc::threads(relative),
            false if is_sibling(flags) => {
                proc::threads(relative).into_iter().flat_map(|tid| proc::children(relative, tid)).collect()
            }
            false => proc::children(relative, creator),
        };
        let is_new =
            |tid: &Tid| self.table.is_stranger(*tid) || self.table.is_unknown(*tid) && is_traced(*tid);
        let is_sibling = is_sibling(flags);
        born.into_iter().filter(is_new).find(|tid| !is_sibling || is_made_as_a_sibling(*tid))
    }

    /// A creator is dying with its fork unreported. The child may exist all the same.
    #[cold]
    pub(super) fn resolve_fork_of_the_dying(&mut self, creator: Tid, pid: Pid, call: CloneCall) {
        match self.child_of_the_dying(creator, pid, call.flags) {
            Some(child) => self.born_of_the_dying(creator, child, call),
            // It has not stopped yet, if there is one, and could be anybody's.
            None if is_sibling(call.flags) => {
                let lost = self.table.get(creator).map(|record| LostFork::of(record, call));
                self.lost.extend(lost);
            }
            // The kernel lists every child of a task that is stopped: there is none.
            None => self.tell_stillborn(&call.task, Stillborn::Killed),
        }
    }

    /// Where nobody watches `init`, forks are not followed: a creator that is dying in one may have made a child. The registers
    /// of one that dies elsewhere may say the same; its child is known then.
    pub(super) fn resolve_unfollowed_fork_of_the_dying(&mut self, stopped: &Stopped) {
        if self.interest.follows_forks() {
            return;
        }
        let Some((call, args)) = stopped.clone_arguments() else { return };
        let (tid, flags) = (stopped.tid(), flags_of(stopped, call, args));
        let Some(pid) = self.table.get(tid).map(|record| record.group.pid) else { return };
        if let Some(child) = self.child_of_the_dying(tid, pid, flags)
            && let Some(call) = self.unannounced(stopped)
        {
            self.born_of_the_dying(tid, child, call);
        }
    }

    /// The child of a fork whose creator is dying: as the kernel lists it, or a stranger.
    fn child_of_the_dying(&mut self, creator: Tid, pid: Pid, flags: CloneFlags) -> Option<Tid> {
        self.ask_strangers();
        let relative = relative_of_the_child(creator, pid, flags)?;
        // The kernel's list is of this very thread's children; strangers are told by their process only.
        let listed = self.unannounced_of(creator, relative, flags);
        listed.or_else(|| if is_sibling(flags) { None } else { self.table.stranger_of(relative, flags) })
    }

    #[cold]
    fn born_of_the_dying(&mut self, creator: Tid, child: Tid, call: CloneCall) {
        // A thread, or a child made with CLONE_PARENT, may be another's, who reports it yet.
        self.has_adopted = true;
        match self.table.expect_of_the_dying(creator, child, call) {
            Change::Born(birth) => {
                let action = self.born(birth);
                self.resume(Stopped::claim(child), action);
            }
            Change::BornDead { birth, status } => self.born_dead(birth, status),
            _ => {}
        }
    }

    /// The fork of a task that is dead and reaped, and had no exit stop at which to look for its child.
    #[cold]
    pub(super) fn lose_fork_of_the_dead(&mut self, record: &Record, call: CloneCall) {
        self.lost.push(LostFork::of(record, call));
    }

    /// The commands whose tasks have made, or not made, the children of lost forks.
    pub(super) fn lost_roots(&self) -> impl Iterator<Item = &Root> {
        self.lost.iter().map(|lost| &*lost.root)
    }

    /// The lost fork that made a stranger: of its process if it is a thread, else the first that it can be.
    fn lost_fork_of(&mut self, child: Tid, stranger: &Stranger) -> Option<LostFork> {
        let made = |lost: &LostFork| match (&lost.creator_group, stranger.kinship) {
            (Some(group), Some(kinship)) => kinship.pid == group.pid,
            (None, Some(kinship)) => kinship.pid.as_raw() == child.as_raw(),
            // Dead and gone without a zombie: a thread.
            (group, None) => group.is_some(),
        };
        let first = self.lost.iter().position(made);
        let at = first.or_else(|| (stranger.kinship.is_none() && !self.lost.is_empty()).then_some(0))?;
        let lost = self.lost.remove(at);
        if let Some(group) = &lost.creator_group {
            group.grow();
        }
        Some(lost)
    }

    /// Nothing is waiting to be told now: forks that are still lost have made nobody. Whether there was any.
    ///
    /// KERNEL: the threads of a group are reaped before its leader (kernel/exit.c `delay_group_leader`), so a
    /// thread may yet show up as long as the leader is there.
    pub(super) fn give_up_lost_forks(&mut self) -> bool {
        let is_hopeless = |lost: &mut LostFork| {
            lost.creator_group.as_ref().is_none_or(|group| self.table.leader(group.pid).is_none())
        };
        let given_up: Vec<LostFork> = self.lost.extract_if(.., is_hopeless).collect();
        for fork in &given_up {
            self.tell_stillborn(&fork.call.task, Stillborn::Killed);
            if let Some(group) = &fork.creator_group {
                self.tell_group_dead(group);
            }
            self.tell_tree_end(&fork.root);
        }
        !given_up.is_empty()
    }
}

impl LostFork {
    fn of(creator: &Record, call: CloneCall) -> LostFork {
        let creator_group = call.flags.thread().then(|| creator.group.clone());
        LostFork { call, creator_group, root: creator.root.clone() }
    }

    /// Whether its child, if there is one, is a thread of `group`.
    pub(super) fn may_join(&self, group: &Rc<Group>) -> bool {
        self.creator_group.as_ref().is_some_and(|joined| Rc::ptr_eq(joined, group))
    }
}

/// The process that the child of a fork is a thread of, or a child of.
fn relative_of_the_child(creator: Tid, pid: Pid, flags: CloneFlags) -> Option<Pid> {
    if is_sibling(flags) { Status::read(creator)?.ppid() } else { Some(pid) }
}

/// Whether such a child is its creator's parent's.
fn is_sibling(flags: CloneFlags) -> bool {
    flags.contains(CloneFlags::CLONE_PARENT) && !flags.thread()
}

/// Whether a task at its first stop was made with CLONE_PARENT: its parent, and other children of that, may be making
/// children at the same time, too.
fn is_made_as_a_sibling(child: Tid) -> bool {
    let stopped = Stopped::claim(child);
    let known = stopped.clone_arguments();
    known.is_some_and(|(call, args)| is_sibling(flags_of(&stopped, call, args)))
}

/// Whether the kernel knows a traced task of this tid.
pub(super) fn is_traced(tid: Tid) -> bool {
    Status::read(tid).is_some_and(|status| status.is_traced())
}
