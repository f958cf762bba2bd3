//! Numbers that name a task: the kernel's [`Tid`] and [`Pid`], and our own [`TaskId`].
//!
//! The kernel gives a number anew soon after its task is gone, and takes the leader's number away from nobody
//! when another thread executes: a `Tid` names a task only at one moment. A `TaskId` names one for ever.

use std::{
    fmt,
    num::{NonZeroI32, NonZeroU64},
    sync::atomic::{AtomicU64, Ordering},
};

/// A thread id: what gettid(2) returns, and what ptrace(2) calls *pid*.
///
/// It is always positive, and `Option<Tid>` is as small as `Tid`.
///
/// ```
/// use watchers::Tid;
///
/// let tid = Tid::from_raw(4711).expect("positive");
/// assert_eq!(tid.as_raw(), 4711);
/// assert_eq!(tid.to_string(), "4711");
/// assert_eq!(Tid::from_raw(0), None);
/// ```
#[doc(alias = "pid_t")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid(NonZeroI32);

/// A process id: what getpid(2) returns, the id of a whole thread group (the kernel's *tgid*).
///
/// ```
/// use watchers::Pid;
///
/// assert_eq!(Pid::from_raw(1).map(Pid::as_raw), Some(1));
/// assert_eq!(Pid::from_raw(-1), None);
/// ```
#[doc(alias = "pid_t")]
#[doc(alias = "tgid")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(NonZeroI32);

/// The name of a task that no other task of this process ever gets, whatever happens to its tid.
///
/// A task has it from before the kernel makes it, and keeps it when it executes a program from a thread that was
/// not the leader (where the kernel changes its tid).
///
/// ```
/// use watchers::{Task, TaskId};
///
/// let first = Task::builder().build();
/// let second = Task::builder().build();
/// assert_ne!(first.id(), second.id());
/// assert_eq!(size_of::<Option<TaskId>>(), size_of::<TaskId>());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(NonZeroU64);

macro_rules! kernel_id {
    ($Id:ident) => {
        impl $Id {
            /// The id with this number; `None` for zero and negative numbers, which name no task.
            pub const fn from_raw(raw: i32) -> Option<Self> {
                match NonZeroI32::new(raw) {
                    Some(id) if id.is_positive() => Some(Self(id)),
                    _ => None,
                }
            }

            /// The number, as system calls want it.
            pub const fn as_raw(self) -> i32 {
                self.0.get()
            }
        }

        impl fmt::Display for $Id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

kernel_id!(Tid);
kernel_id!(Pid);

/// The next number that no task has had.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl TaskId {
    /// The id with this number; `None` for zero.
    pub const fn from_raw(raw: u64) -> Option<Self> {
        match NonZeroU64::new(raw) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// The number.
    pub const fn as_raw(self) -> u64 {
        self.0.get()
    }

    /// Takes the next unused id of this process.
    pub(crate) fn next() -> Self {
        loop {
            if let Some(id) = Self::from_raw(NEXT.fetch_add(1, Ordering::Relaxed)) {
                return id;
            }
        }
    }

    /// Makes sure that [`next`](Self::next) never gives this id, which somebody chose.
    pub(crate) fn claim(self) -> Self {
        NEXT.fetch_max(self.as_raw().saturating_add(1), Ordering::Relaxed);
        self
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_ids_are_positive() {
        for (raw, valid) in [(1, true), (i32::MAX, true), (0, false), (-1, false), (i32::MIN, false)] {
            assert_eq!(Tid::from_raw(raw).is_some(), valid, "{raw}");
            assert_eq!(Pid::from_raw(raw).is_some(), valid, "{raw}");
        }
    }

    #[test]
    fn an_optional_id_costs_nothing() {
        assert_eq!(size_of::<Option<Tid>>(), 4);
        assert_eq!(size_of::<Option<Pid>>(), 4);
        assert_eq!(size_of::<Option<TaskId>>(), 8);
    }

    #[test]
    fn a_claimed_id_is_not_given_again() {
        let claimed = TaskId::from_raw(TaskId::next().as_raw() + 1000).unwrap().claim();
        assert!(TaskId::next() > claimed);
    }

    #[test]
    fn ids_print_as_numbers() {
        assert_eq!(TaskId::from_raw(7).unwrap().to_string(), "7");
        assert_eq!(format!("{:>5}", Pid::from_raw(42).unwrap()), "   42");
    }
}
