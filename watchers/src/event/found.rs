//! [`FoundEvent`]: a task was there before its supervisor.

use std::fmt;

/// A task existed already when a supervisor attached to it: told once, in place of `init` and `clone`.
///
/// For such a task
///
/// 1. no `init` and no `clone` is ever told: nobody saw it being made, and nobody is asked whether it may be;
/// 2. `exec`, `uid`, `gid` and `creds` are told from then on, and `exit` as for any other task;
/// 3. exactly one [`free`](crate::FreeEvent) follows, as after an `init`.
///
/// Whoever is there is told in order: a process after the one that is its parent, a thread after the leader of
/// its group. Who called fork is not known any more. So the task's [`parent`](crate::Task::parent) is the leader of
/// the kernel's parent process, for a thread the leader of its group, and `None` where that was not found itself.
///
/// A thread that executes a program meanwhile may be found as the leader of a process of which another leader was told, who is
/// freed by then. It is the same process, which has one `group_dead`.
///
/// The task has its tid, and may be running: it need not be stopped, and cannot be refused.
///
/// A source of events makes the task with its numbers, and tells:
///
/// ```standalone_crate
/// use std::cell::Cell;
/// use watchers::{Event, FoundEvent, FoundState, Pid, Task, Tid, task_data, task_watcher};
///
/// task_data! { static SEEN: Cell<bool> = |_task, _parent| Cell::new(false); }
///
/// #[task_watcher(clone, found)]
/// fn see(task: &Task) {
///     SEEN.get(task).set(true);
/// }
///
/// let (tid, pid) = (Tid::from_raw(4711), Pid::from_raw(4700));
/// let leader = Task::builder().tid(tid.expect("positive")).build();
/// watchers::notify(&leader, Event::Found(&FoundEvent::new(FoundState::Traced)));
/// assert!(SEEN.get(&leader).get());
///
/// let thread = Task::builder().tid(tid.expect("positive")).pid(pid.expect("positive")).build();
/// assert!(thread.is_thread());
/// ```
///
/// In 2006 there were no such tasks, as the tables existed from boot; those who wanted watchers to come later asked for
/// a way to visit them.
#[doc(alias = "PTRACE_SEIZE")]
#[doc(alias = "PTRACE_ATTACH")]
#[doc(alias = "for_each_unnoticed_task")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundEvent {
    /// What was found.
    pub state: FoundState,
}

impl FoundEvent {
    /// A task that was found so.
    pub const fn new(state: FoundState) -> Self {
        Self { state }
    }
}

/// What a task was when it was found.
///
/// ```
/// use watchers::FoundState;
///
/// assert_eq!(FoundState::ZombieLeader.to_string(), "a dead leader whose threads live on");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FoundState {
    /// It lives, and is supervised from now on.
    Traced,
    /// It has ended, and its group's other threads have not: the kernel keeps it as a zombie until they do, and nobody can
    /// attach to it. Its `exit` is told [late](crate::ExitEvent::late), right before its `free`.
    #[doc(alias = "EXIT_ZOMBIE")]
    #[doc(alias = "delay_group_leader")]
    ZombieLeader,
}

impl fmt::Display for FoundState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Traced => "a task that lives",
            Self::ZombieLeader => "a dead leader whose threads live on",
        })
    }
}
