//! [`TaskSnapshot`]: who a task was, for other threads.

use crate::{Pid, TaskId, Tid};

/// Who a task was at the moment of the call: owned and `Send`, where a [`Task`](crate::Task) stays on its thread.
///
/// ```
/// use std::thread;
/// use watchers::{Task, Tid};
///
/// let task = Task::builder().tid(Tid::from_raw(4711).expect("positive")).build();
/// let snapshot = task.snapshot();
/// let tid = thread::spawn(move || snapshot.tid).join().expect("no panic");
/// assert_eq!(tid, task.tid());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TaskSnapshot {
    /// The task's own id.
    pub id: TaskId,
    /// Its tid, once the kernel had made it.
    pub tid: Option<Tid>,
    /// Its thread group, once known.
    pub pid: Option<Pid>,
    /// The task that created it; `None` for a root.
    pub parent: Option<TaskId>,
    /// Whether it was a thread of another task's group.
    pub thread: bool,
}
