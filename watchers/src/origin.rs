//! [`Origin`]: what a source of events knows about a task beyond its identity, and the values that it tells.

use std::{any::Any, time::Duration};

use crate::{Ids, Pid, Task};

/// What a source of events attaches to a task, to be asked when a watcher asks.
///
/// The task keeps no answer: each call reads anew. A method answers `None` where it cannot tell, which is what the
/// default ones do. A watcher that knows its source gets the source's own type with [`Task::origin`].
///
/// ```
/// use std::{rc::Rc, time::Duration};
/// use watchers::{Origin, Task, Times};
///
/// struct Stopwatch(Duration);
///
/// impl Origin for Stopwatch {
///     fn times(&self, _task: &Task) -> Option<Times> {
///         Some(Times::new(self.0, Duration::ZERO, 0))
///     }
/// }
///
/// let task = Task::builder().origin(Rc::new(Stopwatch(Duration::from_secs(3)))).build();
/// assert_eq!(task.times().map(|times| times.utime.as_secs()), Some(3));
/// assert_eq!(task.credentials(), None);
/// assert!(task.origin::<Stopwatch>().is_some());
/// ```
pub trait Origin: Any {
    /// The ids that the task has now.
    fn credentials(&self, _task: &Task) -> Option<Credentials> {
        None
    }

    /// What the task's thread group has used until now.
    fn times(&self, _task: &Task) -> Option<Times> {
        None
    }

    /// The kernel's parent process of the task, now.
    fn ppid(&self, _task: &Task) -> Option<Pid> {
        None
    }
}

/// Who a task is: its user and group ids, as in credentials(7).
///
/// ```
/// use watchers::{Credentials, Ids};
///
/// let root = Credentials::new(Ids::new(0, 0, 0, 0), Ids::new(0, 0, 0, 0));
/// assert_eq!(root.uid.effective, 0);
/// ```
#[doc(alias = "cred")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Credentials {
    /// The user ids.
    pub uid: Ids,
    /// The group ids.
    pub gid: Ids,
}

impl Credentials {
    /// These ids.
    pub const fn new(uid: Ids, gid: Ids) -> Self {
        Self { uid, gid }
    }
}

/// What a thread group has used: all its threads, also those that have ended, without its children.
///
/// ```
/// use std::time::Duration;
/// use watchers::Times;
///
/// let times = Times::new(Duration::from_millis(20), Duration::from_millis(5), 2048);
/// assert_eq!(times.utime + times.stime, Duration::from_millis(25));
/// ```
#[doc(alias = "rusage")]
#[doc(alias = "/proc/pid/stat")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Times {
    /// Processor time in user mode.
    pub utime: Duration,
    /// Processor time in the kernel.
    pub stime: Duration,
    /// The most memory that was resident at one time, in KiB.
    #[doc(alias = "VmHWM")]
    pub maxrss_kib: u64,
}

impl Times {
    /// These times and this memory.
    pub const fn new(utime: Duration, stime: Duration, maxrss_kib: u64) -> Self {
        Self { utime, stime, maxrss_kib }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::Tid;

    fn tid(raw: i32) -> Tid {
        Tid::from_raw(raw).unwrap()
    }

    fn pid(raw: i32) -> Pid {
        Pid::from_raw(raw).unwrap()
    }

    struct Told(Option<Pid>);

    impl Origin for Told {
        fn ppid(&self, _task: &Task) -> Option<Pid> {
            self.0
        }
    }

    #[test]
    fn the_kernels_parent_is_asked_for_first() {
        let shell = Task::builder().tid(tid(10)).build();
        let make = Task::builder().tid(tid(20)).parent(&shell).build();
        let thread = Task::builder().tid(tid(21)).pid(pid(20)).parent(&make).build();
        let its_thread = Task::builder().thread().parent(&thread).build();
        let its_child = Task::builder().parent(&thread).build();
        let adopted = Task::builder().parent(&make).origin(Rc::new(Told(Some(pid(1))))).build();
        let unknown = Task::builder().parent(&make).origin(Rc::new(Told(None))).build();
        for (task, ppid, why) in [
            (&shell, None, "a root, and nobody to ask"),
            (&make, Some(10), "the creator's process"),
            (&thread, Some(10), "a thread's parent is its process's"),
            (&its_thread, Some(10), "a thread's thread too"),
            (&its_child, Some(20), "the process of the thread that made it"),
            (&adopted, Some(1), "told"),
            (&unknown, Some(20), "not told: the creator's process"),
        ] {
            assert_eq!(task.ppid().map(Pid::as_raw), ppid, "{why}");
        }
    }

    #[test]
    fn an_origin_is_found_by_its_type() {
        let task = Task::builder().origin(Rc::new(Told(None))).build();
        assert!(task.origin::<Told>().is_some());
        assert!(task.origin::<u32>().is_none());
        assert!(Task::builder().build().origin::<Told>().is_none());
        assert_eq!((task.credentials(), task.times()), (None, None));
    }
}
