//! The fourteen events of an engine, and sets of them.

use std::fmt;
use std::ops::{BitOr, Sub};

/// What can happen to a task, as utrace has it.
///
/// The numbers are those of `enum utrace_events` (linux/utrace.h, 2009).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "utrace_events")]
#[repr(u16)]
pub enum EngineEvent {
    /// Before every other event that somebody is told of, and before the task runs again after a report was asked for.
    #[doc(alias = "QUIESCE")]
    Quiesce,
    /// The task is gone for good. The last of all.
    #[doc(alias = "REAP")]
    Reap,
    /// The task has made another one, which has not run yet.
    #[doc(alias = "CLONE")]
    Clone,
    /// A program is loaded and has not run.
    #[doc(alias = "EXEC")]
    Exec,
    /// The task is about to die, and its memory is still there.
    #[doc(alias = "EXIT")]
    Exit,
    /// The task is dead.
    #[doc(alias = "DEATH")]
    Death,
    /// The task enters a system call.
    #[doc(alias = "SYSCALL_ENTRY")]
    SyscallEntry,
    /// The system call is over.
    #[doc(alias = "SYSCALL_EXIT")]
    SyscallExit,
    /// A signal is to be delivered to a handler.
    #[doc(alias = "SIGNAL")]
    Signal,
    /// A signal is to be ignored.
    #[doc(alias = "SIGNAL_IGN")]
    SignalIgn,
    /// A signal is to stop the group of the task.
    #[doc(alias = "SIGNAL_STOP")]
    SignalStop,
    /// A signal is to end the task's process.
    #[doc(alias = "SIGNAL_TERM")]
    SignalTerm,
    /// A signal is to end it with a core dump.
    #[doc(alias = "SIGNAL_CORE")]
    SignalCore,
    /// The task has stopped with its group, or goes on after that.
    #[doc(alias = "JCTL")]
    Jctl,
}

impl EngineEvent {
    /// All of them, in the order of their numbers.
    pub const ALL: [EngineEvent; 14] = [
        EngineEvent::Quiesce,
        EngineEvent::Reap,
        EngineEvent::Clone,
        EngineEvent::Exec,
        EngineEvent::Exit,
        EngineEvent::Death,
        EngineEvent::SyscallEntry,
        EngineEvent::SyscallExit,
        EngineEvent::Signal,
        EngineEvent::SignalIgn,
        EngineEvent::SignalStop,
        EngineEvent::SignalTerm,
        EngineEvent::SignalCore,
        EngineEvent::Jctl,
    ];
}

/// A set of [`EngineEvent`]s.
///
/// ```
/// use process_runtime::{EngineEvent, EngineEvents};
///
/// let events = EngineEvents::SYSCALLS | EngineEvent::Exec;
/// assert!(events.contains(EngineEvent::SyscallExit) && !events.contains(EngineEvent::Exit));
/// assert_eq!(events - EngineEvents::SYSCALLS, EngineEvent::Exec.into());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EngineEvents(u16);

impl EngineEvents {
    /// No event.
    pub const EMPTY: EngineEvents = EngineEvents(0);
    /// Every event.
    pub const ALL: EngineEvents = EngineEvents::of(EngineEvent::ALL);
    /// Every signal, whatever it is to do.
    #[doc(alias = "_UTRACE_EVENT_SIGNAL_ALL")]
    pub const SIGNALS: EngineEvents = EngineEvents::of([
        EngineEvent::Signal,
        EngineEvent::SignalIgn,
        EngineEvent::SignalStop,
        EngineEvent::SignalTerm,
        EngineEvent::SignalCore,
    ]);
    /// Both ends of a system call. They cost two stops for every call of the task.
    #[doc(alias = "UTRACE_EVENT_SYSCALL")]
    pub const SYSCALLS: EngineEvents =
        EngineEvents::of([EngineEvent::SyscallEntry, EngineEvent::SyscallExit]);

    /// These events.
    pub const fn of<const N: usize>(events: [EngineEvent; N]) -> Self {
        let mut bits = 0;
        let mut rest: &[EngineEvent] = &events;
        while let [first, others @ ..] = rest {
            bits |= 1 << *first as u16;
            rest = others;
        }
        Self(bits)
    }

    /// Whether the event is in the set.
    pub const fn contains(self, event: EngineEvent) -> bool {
        self.0 & 1 << event as u16 != 0
    }

    /// Whether no event is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the sets have an event in common.
    pub const fn intersects(self, other: EngineEvents) -> bool {
        self.0 & other.0 != 0
    }

    /// The events of the set, in order.
    pub fn iter(self) -> impl Iterator<Item = EngineEvent> {
        EngineEvent::ALL.into_iter().filter(move |event| self.contains(*event))
    }
}

impl fmt::Debug for EngineEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl From<EngineEvent> for EngineEvents {
    fn from(event: EngineEvent) -> Self {
        EngineEvents::of([event])
    }
}

impl<S: Into<EngineEvents>> BitOr<S> for EngineEvents {
    type Output = Self;

    fn bitor(self, other: S) -> Self {
        Self(self.0 | other.into().0)
    }
}

impl BitOr for EngineEvent {
    type Output = EngineEvents;

    fn bitor(self, other: EngineEvent) -> EngineEvents {
        EngineEvents::of([self, other])
    }
}

/// The events of one set that are not in the other.
impl<S: Into<EngineEvents>> Sub<S> for EngineEvents {
    type Output = Self;

    fn sub(self, other: S) -> Self {
        Self(self.0 & !other.into().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_what_it_lists() {
        for bits in 0..1u16 << EngineEvent::ALL.len() {
            let set = EngineEvents(bits);
            let again = set.iter().fold(EngineEvents::EMPTY, |all, event| all | event);
            assert_eq!(again, set);
            assert_eq!(set.is_empty(), set.iter().next().is_none());
            assert_eq!(set - set, EngineEvents::EMPTY);
            assert_eq!(
                set.intersects(EngineEvents::SIGNALS),
                !(set - (EngineEvents::ALL - EngineEvents::SIGNALS)).is_empty()
            );
        }
        assert_eq!(EngineEvents::ALL.iter().collect::<Vec<_>>(), EngineEvent::ALL);
    }
}
