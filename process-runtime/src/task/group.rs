//! A thread group, and the spawned command that a task descends from.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use watchers::{EventSet, ExitStatus, Pid, Task};

use crate::child::Progress;

/// A process: the tasks that share a pid.
#[doc(alias = "tgid")]
#[derive(Debug)]
pub(crate) struct Group {
    /// The pid, which is the tid of the leader.
    pub(crate) pid: Pid,
    /// How many of its tasks, those included that are certain to be born, have not been told to exit yet.
    alive: Cell<u32>,
    /// The exit of its last task was told.
    dead: Cell<bool>,
    /// Its leader, whose death the kernel reports last, and the status of the process with it; until it is told.
    end: RefCell<Option<(Rc<Task>, ExitStatus)>>,
    /// How many of its tasks have a record.
    pub(crate) members: Cell<u32>,
    /// It, or what made it, has installed a seccomp filter of its own, which may outrank ours.
    pub(crate) filters_itself: Cell<bool>,
}

impl Group {
    /// A process of one task.
    pub(crate) fn new(pid: Pid) -> Rc<Group> {
        Rc::new(Group {
            pid,
            alive: Cell::new(1),
            dead: Cell::new(false),
            end: RefCell::new(None),
            members: Cell::new(0),
            filters_itself: Cell::new(false),
        })
    }

    /// A thread more is certain to be born.
    pub(crate) fn grow(&self) {
        self.alive.set(self.alive.get() + 1);
    }

    /// A task of it exits. Whether that is the end of the process, which comes once.
    pub(crate) fn shrink(&self) -> bool {
        let alive = self.alive.get().saturating_sub(1);
        self.alive.set(alive);
        alive == 0 && !self.dead.replace(true)
    }

    /// Its leader was reaped.
    pub(crate) fn set_end(&self, leader: Rc<Task>, status: ExitStatus) {
        self.end.replace(Some((leader, status)));
    }

    /// Takes its leader, if that was reaped, for whoever changes what tasks have; [`set_end`](Self::set_end) puts it back.
    pub(crate) fn lend_end(&self) -> Option<(Rc<Task>, ExitStatus)> {
        self.end.take()
    }

    /// The end of the process, if all of its tasks have been freed; once.
    pub(crate) fn take_end(&self) -> Option<(Rc<Task>, ExitStatus)> {
        if self.members.get() == 0 { self.end.take() } else { None }
    }
}

/// A command that was spawned, the root of a tree of tasks.
#[derive(Debug)]
pub(crate) struct Root {
    /// The command's pid.
    pub(crate) pid: Pid,
    /// The events that its filter sees to, and so the filter of whoever descends from it.
    pub(crate) filtered: EventSet,
    /// How many tasks of the tree are not freed yet.
    pub(crate) live: Cell<usize>,
    /// All of it was killed by `kill_tree`, and so is everybody who is yet to be born of them, perhaps after their deaths.
    pub(crate) doomed: Cell<bool>,
    /// What the owner of the `Child` waits for.
    pub(crate) progress: Arc<Progress>,
}

impl Root {
    /// The tree of this command.
    pub(crate) fn new(pid: Pid, filtered: EventSet, progress: Arc<Progress>) -> Rc<Root> {
        Rc::new(Root { pid, filtered, live: Cell::new(0), doomed: Cell::new(false), progress })
    }
}

impl Drop for Root {
    /// The last task of the tree is gone, or the tracer is: whoever still waits has to know.
    fn drop(&mut self) {
        self.progress.set_gone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_ends_once_and_when_nobody_is_left() {
        let (group, leader) = (Group::new(Pid::from_raw(10).unwrap()), Task::builder().build());
        assert!(group.take_end().is_none(), "the leader was not reaped");
        group.members.set(1);
        group.set_end(leader.clone(), ExitStatus::from_raw(9));
        assert!(group.take_end().is_none(), "somebody is left");
        let (lent, status) = group.lend_end().unwrap();
        group.set_end(lent, status);
        group.members.set(0);
        let end = group.take_end().map(|(task, status)| (task.id(), status));
        assert_eq!(end, Some((leader.id(), ExitStatus::from_raw(9))));
        assert!(group.take_end().is_none(), "it was taken");
    }
}
