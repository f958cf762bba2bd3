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
    /// How many of its tasks have not been told to exit yet.
    pub(crate) alive: Cell<u32>,
    /// How many of its tasks have a record.
    pub(crate) members: Cell<u32>,
    /// It was killed by `kill_tree`, and so is everything that it makes.
    pub(crate) doomed: Cell<bool>,
}

impl Group {
    pub(crate) fn new(pid: Pid) -> Rc<Group> {
        Rc::new(Group { pid, alive: Cell::new(0), members: Cell::new(0), doomed: Cell::new(false) })
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
