//! [`Process`]: what the kernel's messages say of a task beyond its ids: its parent, and what its end is told with.

use std::cell::{Cell, RefCell};
use std::fs;
use std::rc::{Rc, Weak};

use watchers::{CloneFlags, ExitStatus, Task, task_data};

use crate::message::Named;

/// What the threads of a process share.
#[derive(Debug, Default)]
pub(crate) struct Process {
    /// The task that it is a child of; nobody for a command.
    parent: RefCell<Weak<Task>>,
    exit_signal: Cell<u32>,
    n_threads: Cell<u32>,
    /// A thread has ended by a signal, and so will the others.
    is_dying: Cell<bool>,
}

task_data! {
    static PROCESS: Rc<Process> = |task, parent| match parent {
        Some(parent) if task.is_thread() => PROCESS.get(parent).clone(),
        _ => Rc::default(),
    };

    /// Whether the task has told its exit: its children have another parent from then on.
    static ENDED: Cell<bool> = |_task, _parent| Cell::new(false);
}

/// `SIGCHLD`, which is also what an exec and a new parent make of any other signal.
const SIGCHLD: u32 = 17;

/// What the kernel calls the end of a thread: it is told to nobody.
const NO_SIGNAL: u32 = -1_i32 as u32;

impl Process {
    pub(crate) fn of(task: &Task) -> &Process {
        PROCESS.get(task)
    }

    /// The task has been made with these flags.
    ///
    /// KERNEL: `CLONE_PARENT` and `CLONE_THREAD` make a sibling of the caller (kernel/fork.c `copy_process`).
    pub(crate) fn cloned(&self, task: &Task, flags: CloneFlags) {
        self.n_threads.set(self.n_threads.get() + 1);
        if flags.thread() {
            return;
        }
        let creator = task.parent();
        match creator.as_deref().filter(|_| flags.contains(CloneFlags::CLONE_PARENT)) {
            Some(sibling) => {
                let sibling = Process::of(sibling);
                self.exit_signal.set(sibling.exit_signal.get());
                self.parent.replace(sibling.parent.borrow().clone());
            }
            None => {
                self.exit_signal.set(flags.as_raw() as u32 & 0xff);
                self.parent.replace(creator.as_ref().map(Rc::downgrade).unwrap_or_default());
            }
        }
    }

    /// The task was there before us; who its parent is, the kernel is asked when that is to be told.
    pub(crate) fn found(&self) {
        self.n_threads.set(self.n_threads.get() + 1);
    }

    /// KERNEL: whatever the end was to be told with, now it is SIGCHLD (fs/exec.c `de_thread`).
    pub(crate) fn executed(&self) {
        self.exit_signal.set(SIGCHLD);
    }

    /// Counts the task out; whether it was the only thread, and so the one that took the signal if that ends it.
    pub(crate) fn ended(&self, task: &Task, status: ExitStatus) -> bool {
        ENDED.get(task).set(true);
        let n_threads = self.n_threads.replace(self.n_threads.get().saturating_sub(1));
        let was_dying = self.is_dying.replace(self.is_dying.get() || status.signal().is_some());
        n_threads == 1 && !was_dying
    }

    /// The kernel's `real_parent` now, and the `exit_signal`, of one of its tasks.
    pub(crate) fn parent_and_signal(&self, task: &Task) -> (Named, u32) {
        let parent = self.parent.borrow().upgrade();
        let alive = parent.filter(|parent| !ENDED.get(parent).get());
        let (parent, signal) = match alive.as_deref().and_then(name) {
            Some(parent) => (parent, self.exit_signal.get()),
            None => adopted(task).unwrap_or((Named::default(), self.exit_signal.get())),
        };
        (parent, if task.is_thread() { NO_SIGNAL } else { signal })
    }
}

/// The task by the kernel's names; `None` before it has them.
pub(crate) fn name(task: &Task) -> Option<Named> {
    let (tid, pid) = (task.tid()?.as_raw(), task.pid()?.as_raw());
    Some(Named { tid: tid.cast_unsigned(), pid: pid.cast_unsigned() })
}

/// Who a task is a child of whose parent is not in the tree, or has ended, and with what it will end; asked of the kernel. `None` where
/// the task is gone.
fn adopted(task: &Task) -> Option<(Named, u32)> {
    let pid = task.pid()?;
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name is in parentheses and may hold anything. After it come the state, the parent and so on: proc_pid_stat(5).
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let fields = String::from_utf8_lossy(stat.get(end + 1..)?).into_owned();
    let field = |number: usize| fields.split_ascii_whitespace().nth(number - 3);
    let parent: u32 = field(4)?.parse().ok()?;
    let signal: i32 = field(38)?.parse().ok()?;
    let tid = thread_with_child(parent, &pid.to_string()).unwrap_or(parent);
    Some((Named { tid, pid: parent }, signal.cast_unsigned()))
}

/// KERNEL: a child belongs to a thread, and `children` lists those of each (CONFIG_PROC_CHILDREN).
fn thread_with_child(process: u32, child: &str) -> Option<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let mut tids = threads.filter_map(|thread| thread.ok()?.file_name().to_str()?.parse().ok());
    tids.find(|tid: &u32| {
        let children = fs::read_to_string(format!("/proc/{process}/task/{tid}/children")).unwrap_or_default();
        children.split_ascii_whitespace().any(|other| other == child)
    })
}
