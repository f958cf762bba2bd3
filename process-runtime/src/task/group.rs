//! A thread group, and the spawned command that a task descends from.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use watchers::Pid;

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
    /// How many of its tasks have a record.
    pub(crate) members: Cell<u32>,
    /// It was killed by `kill_tree`, and so is everything that it makes.
    pub(crate) doomed: Cell<bool>,
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
            members: Cell::new(0),
            doomed: Cell::new(false),
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
}

/// A command that was spawned, the root of a tree of tasks.
#[derive(Debug)]
pub(crate) struct Root {
    /// The command's pid.
    pub(crate) pid: Pid,
    /// How many tasks of the tree are not freed yet.
    pub(crate) live: Cell<usize>,
    /// What the owner of the `Child` waits for.
    pub(crate) progress: Arc<Progress>,
}

impl Drop for Root {
    /// The last task of the tree is gone, or the tracer is: whoever still waits has to know.
    fn drop(&mut self) {
        self.progress.set_gone();
    }
}
