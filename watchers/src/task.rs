//! [`Task`]: one schedulable thread, the user-space `task_struct`.

use std::{
    any::Any,
    cell::Cell,
    fmt,
    rc::{Rc, Weak},
};

use crate::{
    Credentials, Origin, Pid, SharedData, TaskBuilder, TaskId, TaskSnapshot, Tid, Times, data,
    places::{PLACES, Places},
    slots::Slots,
};

/// One task: a process's only thread, its first, or any other of its threads. Each gets every event.
///
/// Watchers are handed `&Task`. It has an identity, data, and what its source of events can read of it when asked. It stays on
/// the thread of its supervisor (it is neither `Send` nor `Sync`), so data is plain `Cell` and `RefCell`; another thread gets a
/// [`snapshot`](Self::snapshot).
///
/// A test makes one without any process, as [`builder`](Self::builder) shows:
///
/// ```
/// use watchers::{Task, Tid};
///
/// fn name(task: &Task) -> String {
///     match task.tid() {
///         Some(tid) => format!("task {tid}"),
///         None => String::from("a task to be"),
///     }
/// }
///
/// let task = Task::builder().build();
/// assert_eq!(name(&task), "a task to be");
/// let task = Task::builder().tid(Tid::from_raw(4711).expect("positive")).build();
/// assert_eq!(name(&task), "task 4711");
/// ```
///
/// It does not leave its thread:
///
/// ```compile_fail,E0277
/// fn assert_send<T: Send>() {}
/// assert_send::<watchers::Task>();
/// ```
///
/// ```compile_fail,E0277
/// fn assert_sync<T: Sync>() {}
/// assert_sync::<watchers::Task>();
/// ```
#[doc(alias = "task_struct")]
pub struct Task {
    id: TaskId,
    parent_id: Option<TaskId>,
    tid: Cell<Option<Tid>>,
    pid: Cell<Option<Pid>>,
    thread: Cell<bool>,
    parent: Cell<Weak<Task>>,
    shared: Option<Rc<SharedData>>,
    origin: Option<Rc<dyn Origin>>,
    own: Vec<Box<dyn Any>>,
    slots: Slots,
    /// Of the copy of this crate that made the task.
    places: &'static Places,
}

impl Task {
    /// Starts to make a task: for tests, and for sources of events.
    pub fn builder() -> TaskBuilder {
        TaskBuilder::default()
    }

    /// Its own id, which no other task of this process gets and which it keeps whatever happens.
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// Its tid; `None` in `init`, where the kernel has not made it, and for a task that never came to be.
    ///
    /// It changes where a thread that is not the leader executes a program: then it is the leader's from there on.
    #[doc(alias = "gettid")]
    pub fn tid(&self) -> Option<Tid> {
        self.tid.get()
    }

    /// Its thread group; `None` for a process that the kernel has not made yet. A thread's is known before.
    #[doc(alias = "tgid")]
    #[doc(alias = "getpid")]
    pub fn pid(&self) -> Option<Pid> {
        self.pid.get()
    }

    /// Whether it is, or will be, a thread of another task's group: not the leader.
    pub fn is_thread(&self) -> bool {
        self.thread.get()
    }

    /// The task that created it, while that is there; `None` for a root, which the supervisor itself started.
    ///
    /// It may be a thread, and it is the caller of clone(2) also where `CLONE_PARENT` gives the kernel another idea:
    /// that is [`ppid`](Self::ppid). A parent that has ended is `None`, too: a guard asks for [`parent_id`](Self::parent_id), which stays.
    #[doc(alias = "real_parent")]
    pub fn parent(&self) -> Option<Rc<Task>> {
        let link = self.parent.take();
        let parent = link.upgrade();
        if parent.is_some() {
            self.parent.set(link);
        }
        parent
    }

    /// The id of the task that created it, also when that is gone; `None` for a root.
    pub fn parent_id(&self) -> Option<TaskId> {
        self.parent_id
    }

    /// The kernel's parent process now: who is told when the process ends.
    ///
    /// Read through the source of events; where that cannot tell, the process that the creator belongs to, or, for a thread,
    /// its creator's parent.
    #[doc(alias = "getppid")]
    pub fn ppid(&self) -> Option<Pid> {
        let told = self.origin.as_ref().and_then(|origin| origin.ppid(self));
        told.or_else(|| self.process_parent()?.pid())
    }

    /// Who it is now, read at the call; `None` where it cannot be read.
    #[doc(alias = "cred")]
    pub fn credentials(&self) -> Option<Credentials> {
        self.origin.as_ref()?.credentials(self)
    }

    /// What its thread group has used until now, read at the call; `None` where it cannot be read.
    #[doc(alias = "getrusage")]
    pub fn times(&self) -> Option<Times> {
        self.origin.as_ref()?.times(self)
    }

    /// The value of this type that the supervisor was built with, or that a test gave to this task.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use watchers::Task;
    ///
    /// struct Seen(Cell<u32>);
    ///
    /// fn count(task: &Task) {
    ///     if let Some(seen) = task.data::<Seen>() {
    ///         seen.0.set(seen.0.get() + 1);
    ///     }
    /// }
    ///
    /// let task = Task::builder().data(Seen(Cell::new(0))).build();
    /// count(&task);
    /// assert_eq!(task.data::<Seen>().map(|seen| seen.0.get()), Some(1));
    /// ```
    pub fn data<T: 'static>(&self) -> Option<&T> {
        let own = self.own.iter().find_map(|value| (**value).downcast_ref());
        own.or_else(|| self.shared.as_ref()?.get())
    }

    /// What the source of events has attached, if it is of this type.
    pub fn origin<T: 'static>(&self) -> Option<&T> {
        let origin: &dyn Any = &**self.origin.as_ref()?;
        origin.downcast_ref()
    }

    /// Who it is now, for another thread.
    pub fn snapshot(&self) -> TaskSnapshot {
        TaskSnapshot {
            id: self.id,
            tid: self.tid(),
            pid: self.pid(),
            parent: self.parent_id,
            thread: self.is_thread(),
        }
    }

    /// For sources of events: the kernel has made the task and calls it so, or calls it so from now on.
    ///
    /// The second is an exec by a thread that was not its group's leader: the task takes the leader's tid.
    pub fn bind(&self, tid: Tid, pid: Pid) {
        self.tid.set(Some(tid));
        self.pid.set(Some(pid));
        self.thread.set(tid.as_raw() != pid.as_raw());
    }

    /// Makes what the builder describes, and then the values of its task data.
    pub(crate) fn build(plan: TaskBuilder) -> Rc<Self> {
        let task = Rc::new(Self {
            id: plan.id.map_or_else(TaskId::next, TaskId::claim),
            parent_id: plan.parent.as_ref().map(|parent| parent.id),
            tid: Cell::new(plan.tid),
            pid: Cell::new(plan.known_pid()),
            thread: Cell::new(plan.is_thread()),
            parent: Cell::new(plan.parent.as_ref().map(Rc::downgrade).unwrap_or_default()),
            shared: plan.shared,
            origin: plan.origin,
            own: plan.own,
            slots: Slots::default(),
            places: &PLACES,
        });
        data::make_values(&task);
        task
    }

    pub(crate) fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The indices of task data, as the copy of this crate has them that made the task.
    pub(crate) fn places(&self) -> &'static Places {
        self.places
    }

    /// Drops the values at these indices while nobody else has the task. Returns whether there was any.
    #[expect(unsafe_code, reason = "the values of a module go before their task does")]
    pub(crate) fn revoke(self: &mut Rc<Self>, indices: impl Iterator<Item = u32>) -> bool {
        let mut has_revoked = false;
        for index in indices {
            // Each time: the `Drop` of a value may have reached the task by a `Weak` and handed it to somebody.
            if Rc::strong_count(self) == 1 {
                // SAFETY: references to values live as long as one to the task. One that was made from this `Rc` is over, as it is
                // borrowed exclusively, and there is no other.
                has_revoked |= unsafe { self.slots.revoke(index) };
            }
        }
        has_revoked
    }

    /// The nearest task up the chain of creators that is of another process.
    fn process_parent(&self) -> Option<Rc<Task>> {
        let mut creator = self.parent();
        let mut thread = self.is_thread();
        while thread && let Some(task) = creator {
            thread = task.is_thread();
            creator = task.parent();
        }
        creator
    }
}

impl fmt::Debug for Task {
    /// The identity: printing a task reads nothing of the process.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("tid", &self.tid())
            .field("pid", &self.pid())
            .field("parent", &self.parent_id)
            .field("thread", &self.is_thread())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tid(raw: i32) -> Tid {
        Tid::from_raw(raw).unwrap()
    }

    fn pid(raw: i32) -> Pid {
        Pid::from_raw(raw).unwrap()
    }

    #[test]
    fn is_lean() {
        let counts_of_rc = 2 * size_of::<usize>();
        assert!(counts_of_rc + size_of::<Task>() <= 128, "{}", size_of::<Task>());
    }

    #[test]
    fn a_parent_is_there_until_it_is_dropped() {
        let root = Task::builder().build();
        let child = Task::builder().parent(&root).build();
        for _ in 0..2 {
            assert_eq!(child.parent().map(|parent| parent.id()), Some(root.id()));
        }
        let id = root.id();
        drop(root);
        assert!(child.parent().is_none());
        assert_eq!(child.parent_id(), Some(id));
    }

    #[test]
    fn a_child_does_not_keep_its_ancestors() {
        let root = Task::builder().build();
        let watch = Rc::downgrade(&root);
        let mut last = root;
        for _ in 0..1000 {
            last = Task::builder().parent(&last).build();
        }
        assert!(watch.upgrade().is_none());
        assert!(last.parent().is_none());
    }

    #[test]
    fn binding_names_the_task() {
        let task = Task::builder().thread().build();
        assert_eq!((task.tid(), task.pid(), task.is_thread()), (None, None, true));
        task.bind(tid(12), pid(10));
        assert_eq!((task.tid(), task.pid(), task.is_thread()), (Some(tid(12)), Some(pid(10)), true));
        // It executes a program and becomes the leader.
        let id = task.id();
        task.bind(tid(10), pid(10));
        assert_eq!((task.id(), task.tid(), task.is_thread()), (id, Some(tid(10)), false));
    }

    #[test]
    fn a_snapshot_says_the_same() {
        let root = Task::builder().build();
        let task = Task::builder().tid(tid(5)).pid(pid(4)).parent(&root).build();
        let TaskSnapshot { id, tid, pid, parent, thread } = task.snapshot();
        assert_eq!((id, tid, pid, thread), (task.id(), task.tid(), task.pid(), true));
        assert_eq!(parent, Some(root.id()));
    }
}
