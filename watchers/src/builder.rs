//! [`TaskBuilder`]: makes a [`Task`] without a process, or for one.

use std::{any::Any, fmt, rc::Rc};

use crate::{Origin, Pid, SharedData, Task, TaskId, Tid};

/// Makes a [`Task`]: for tests of watchers, and for sources of events.
///
/// ```
/// use watchers::{Pid, Task, Tid};
///
/// let shell = Task::builder().tid(Tid::from_raw(100).expect("positive")).build();
/// assert_eq!(shell.pid(), Pid::from_raw(100));
///
/// // A thread to be: it has its group and no tid yet.
/// let thread = Task::builder().parent(&shell).thread().build();
/// assert_eq!((thread.tid(), thread.pid()), (None, Pid::from_raw(100)));
/// assert!(thread.is_thread());
/// assert_eq!(thread.parent_id(), Some(shell.id()));
/// ```
#[derive(Default)]
#[must_use]
pub struct TaskBuilder {
    pub(crate) id: Option<TaskId>,
    pub(crate) tid: Option<Tid>,
    pub(crate) parent: Option<Rc<Task>>,
    pub(crate) shared: Option<Rc<SharedData>>,
    pub(crate) origin: Option<Rc<dyn Origin>>,
    pub(crate) own: Vec<Box<dyn Any>>,
    pid: Option<Pid>,
    thread: bool,
}

impl TaskBuilder {
    /// This id. By default it is the next that no task of this process has had; ids up to one that was chosen are not
    /// given afterwards.
    pub fn id(self, id: TaskId) -> Self {
        Self { id: Some(id), ..self }
    }

    /// This tid. By default the kernel has not made the task yet.
    pub fn tid(self, tid: Tid) -> Self {
        Self { tid: Some(tid), ..self }
    }

    /// This thread group. By default a thread is of its parent's, and another task leads its own: its pid is its tid.
    pub fn pid(self, pid: Pid) -> Self {
        Self { pid: Some(pid), ..self }
    }

    /// Created by this task. By default it is a root. The task does not keep its parent alive.
    pub fn parent(self, parent: &Rc<Task>) -> Self {
        Self { parent: Some(Rc::clone(parent)), ..self }
    }

    /// A thread of another task's group. A tid that differs from the pid says so as well.
    pub fn thread(self) -> Self {
        Self { thread: true, ..self }
    }

    /// With the values of a supervisor.
    pub fn shared(self, shared: Rc<SharedData>) -> Self {
        Self { shared: Some(shared), ..self }
    }

    /// With a value of its own, for tests: [`Task::data`] finds it before one that is shared. The first of a type counts.
    pub fn data<T: 'static>(mut self, value: T) -> Self {
        self.own.push(Box::new(value));
        self
    }

    /// With what its source of events knows about it.
    pub fn origin(self, origin: Rc<dyn Origin>) -> Self {
        Self { origin: Some(origin), ..self }
    }

    /// The task, with the values of its `task_data!` made.
    pub fn build(self) -> Rc<Task> {
        Task::build(self)
    }

    /// The pid that was said or follows from the rest.
    pub(crate) fn known_pid(&self) -> Option<Pid> {
        match &self.parent {
            _ if self.pid.is_some() => self.pid,
            Some(parent) if self.thread => parent.pid(),
            _ if self.thread => None,
            _ => Pid::from_raw(self.tid?.as_raw()),
        }
    }

    /// Whether it is a thread, as was said or follows from the numbers.
    pub(crate) fn is_thread(&self) -> bool {
        let numbers = self.tid.map(Tid::as_raw).zip(self.pid.map(Pid::as_raw));
        self.thread || numbers.is_some_and(|(tid, pid)| tid != pid)
    }
}

impl fmt::Debug for TaskBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskBuilder")
            .field("id", &self.id)
            .field("tid", &self.tid)
            .field("pid", &self.pid)
            .field("parent", &self.parent)
            .field("thread", &self.is_thread())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_follows() {
        let leader = Task::builder().tid(Tid::from_raw(10).unwrap()).build();
        let new = Task::builder;
        let tid = |raw| Tid::from_raw(raw).unwrap();
        let pid = |raw| Pid::from_raw(raw).unwrap();
        for (builder, expected) in [
            (new(), (None, None, false)),
            (new().tid(tid(5)), (Some(5), Some(5), false)),
            (new().pid(pid(5)), (None, Some(5), false)),
            (new().tid(tid(6)).pid(pid(5)), (Some(6), Some(5), true)),
            (new().tid(tid(5)).pid(pid(5)), (Some(5), Some(5), false)),
            (new().thread(), (None, None, true)),
            (new().thread().tid(tid(6)), (Some(6), None, true)),
            (new().parent(&leader), (None, None, false)),
            (new().parent(&leader).tid(tid(11)), (Some(11), Some(11), false)),
            (new().parent(&leader).thread(), (None, Some(10), true)),
            (new().parent(&leader).thread().tid(tid(11)), (Some(11), Some(10), true)),
        ] {
            let text = format!("{builder:?}");
            let task = builder.build();
            let is = (task.tid().map(Tid::as_raw), task.pid().map(Pid::as_raw), task.is_thread());
            assert_eq!(is, expected, "{text}");
        }
    }

    #[test]
    fn a_chosen_id_is_kept_and_not_given_again() {
        let id = TaskId::from_raw(Task::builder().build().id().as_raw() + 50).unwrap();
        assert_eq!(Task::builder().id(id).build().id(), id);
        assert!(Task::builder().build().id() > id);
    }

    #[test]
    fn own_data_comes_before_shared() {
        let mut shared = SharedData::new();
        shared.insert(1_u8).unwrap();
        shared.insert("shared").unwrap();
        let shared = Rc::new(shared);
        let task = Task::builder().shared(shared.clone()).data(2_u8).data(3_u8).build();
        assert_eq!(task.data::<u8>(), Some(&2));
        assert_eq!(task.data::<&str>(), Some(&"shared"));
        assert_eq!(task.data::<u16>(), None);
        assert_eq!(Task::builder().shared(shared).build().data::<u8>(), Some(&1));
    }
}
