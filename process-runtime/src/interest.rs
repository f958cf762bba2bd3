//! What is watched, and so what must stop.

use watchers::{EventKind, EventSet};

use crate::filter::{self, Instruction};

/// The events that anybody wants, and how their stops are had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interest {
    /// Events that a watcher or an observer listens to now, or that were reserved. What the filter of a command was made for is another
    /// matter: that stays.
    events: EventSet,
    /// Those of them that an observer listens to or that were reserved: they are wanted whoever watches.
    lasting: EventSet,
    /// Filter or system-call stops.
    pub(crate) mode: Mode,
    /// What becomes of the tree when its tracer ends.
    pub(crate) bond: Bond,
    /// It was not always so: what runs already may lack what a new command gets, or stop more often than need be.
    pub(crate) has_changed: bool,
}

/// The events that are had by stopping system calls.
const BY_CALLS: EventSet = EventSet::of([EventKind::Init, EventKind::Uid, EventKind::Gid, EventKind::Creds]);

/// How the system calls that matter are made to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By a seccomp filter that the command inherits to its descendants: other calls run at full speed.
    Filter,
    /// Every call stops twice; nothing is left behind in a task.
    SyscallStops,
    /// No call stops, and there is no filter.
    NoStops,
}

/// What becomes of a tree when its tracer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bond {
    /// It dies.
    UntilDeath,
    /// It was spawned, and lives on.
    Loose,
    /// It was there before its tracer, and lives on.
    Attached,
}

impl Interest {
    /// What is wanted at the start, where `watched` is what watchers listen to.
    pub(crate) fn new(watched: EventSet, lasting: EventSet, mode: Mode) -> Interest {
        Interest { events: watched | lasting, lasting, mode, bond: Bond::UntilDeath, has_changed: false }
    }

    /// The same, of a tree with this bond. Only one that dies with its tracer may have a filter.
    pub(crate) fn with_bond(self, bond: Bond) -> Interest {
        let mode = if bond == Bond::UntilDeath { self.mode } else { Mode::SyscallStops };
        Interest { bond, mode, ..self }
    }

    /// The program that a command starts with; empty where there is none.
    pub(crate) fn program(&self) -> Vec<Instruction> {
        match self.mode {
            Mode::Filter => filter::compile(&filter::rules(self.events)),
            Mode::SyscallStops | Mode::NoStops => Vec::new(),
        }
    }

    /// What the filter of a command that starts now sees to.
    pub(crate) fn filtered(&self) -> EventSet {
        match self.mode {
            Mode::Filter => self.events,
            Mode::SyscallStops | Mode::NoStops => EventSet::EMPTY,
        }
    }

    /// Watchers came or went: they listen to these from now on.
    pub(crate) fn set_watched(&mut self, watched: EventSet) {
        let before = std::mem::replace(&mut self.events, watched | self.lasting);
        self.has_changed |= before != self.events;
    }

    /// How the calls of a task are made to stop whose filter sees to `filtered`.
    pub(crate) fn mode_for(&self, filtered: EventSet) -> Mode {
        if self.bond == Bond::Attached && !self.events.iter().any(|kind| BY_CALLS.contains(kind)) {
            return Mode::NoStops;
        }
        let lacks = |kind: EventKind| BY_CALLS.contains(kind) && !filtered.contains(kind);
        if self.mode == Mode::Filter && self.events.iter().any(lacks) {
            Mode::SyscallStops
        } else {
            self.mode
        }
    }

    pub(crate) fn wants(&self, kind: EventKind) -> bool {
        self.events.contains(kind)
    }

    /// Whether changes of ids are told, so that each task's ids must be known.
    pub(crate) fn wants_ids(&self) -> bool {
        self.wants(EventKind::Uid) || self.wants(EventKind::Gid)
    }

    /// Whether every fork is seen from its beginning, so that a child that nobody has announced is that of somebody who is in one.
    ///
    /// A task that was attached to is followed from its first stop on.
    pub(crate) fn follows_forks(&self) -> bool {
        self.wants(EventKind::Init) && self.bond != Bond::Attached
    }

    /// PTRACE_O_*: births, execs and deaths are always followed. The stop before a death is needed even where nobody
    /// wants `exit`: a task that is killed in a fork reports no child, and only the kernel's list of its children, which
    /// is gone with it, says whose the child is.
    ///
    /// KERNEL: without PTRACE_O_TRACESECCOMP a task's own RET_TRACE filter makes its calls fail with ENOSYS,
    /// as it does without a tracer (seccomp(2)); so the option comes only with a filter of ours.
    pub(crate) fn options(&self) -> i32 {
        let filter = match self.mode {
            Mode::Filter => libc::PTRACE_O_TRACESECCOMP,
            Mode::SyscallStops | Mode::NoStops => 0,
        };
        let end = match self.bond {
            Bond::UntilDeath => libc::PTRACE_O_EXITKILL,
            Bond::Loose | Bond::Attached => 0,
        };
        filter
            | end
            | libc::PTRACE_O_TRACESYSGOOD
            | libc::PTRACE_O_TRACEFORK
            | libc::PTRACE_O_TRACEVFORK
            | libc::PTRACE_O_TRACECLONE
            | libc::PTRACE_O_TRACEEXEC
            | libc::PTRACE_O_TRACEEXIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_is_had_by_system_call_stops_until_it_goes() {
        let exec = EventSet::of([EventKind::Exec]);
        let mut interest = Interest::new(exec, EventSet::EMPTY, Mode::Filter);
        let filtered = interest.filtered();
        interest.set_watched(exec);
        assert!(!interest.has_changed);
        // No call stops for these.
        interest.set_watched(exec | EventSet::of([EventKind::Exit, EventKind::Free]));
        assert!(interest.has_changed && interest.mode_for(filtered) == Mode::Filter);
        interest.set_watched(EventSet::of([EventKind::Uid]));
        assert_eq!(interest.mode_for(filtered), Mode::SyscallStops);
        assert_eq!(interest.mode_for(interest.filtered()), Mode::Filter, "a command that starts now");
        interest.set_watched(exec);
        assert_eq!(interest.mode_for(filtered), Mode::Filter);
    }

    #[test]
    fn what_was_attached_to_runs_freely_unless_calls_are_watched() {
        let interest = |events: &[EventKind]| {
            let watched = events.iter().copied().collect();
            Interest::new(watched, EventSet::EMPTY, Mode::Filter).with_bond(Bond::Attached)
        };
        let (deaths, births) = (interest(&[EventKind::Exec, EventKind::Exit]), interest(&[EventKind::Init]));
        assert_eq!(deaths.mode_for(EventSet::EMPTY), Mode::NoStops);
        assert_eq!(births.mode_for(EventSet::EMPTY), Mode::SyscallStops);
        assert!(
            births.program().is_empty() && births.filtered() == EventSet::EMPTY && !births.follows_forks()
        );
        let unwanted = libc::PTRACE_O_EXITKILL | libc::PTRACE_O_TRACESECCOMP;
        assert_eq!(births.options() & unwanted, 0);
    }

    #[test]
    fn observers_and_what_was_reserved_do_not_go() {
        let uid = EventSet::of([EventKind::Uid]);
        let mut interest = Interest::new(EventSet::of([EventKind::Init]), uid, Mode::Filter);
        interest.set_watched(EventSet::EMPTY);
        assert_eq!(interest.filtered(), uid);
    }
}
