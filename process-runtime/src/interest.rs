//! What is watched, and so what must stop.

use watchers::{EventKind, EventSet};

use crate::filter::{self, Instruction};

/// The events that anybody wants, and how their stops are had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interest {
    /// Events that a watcher or an observer listens to, or that were reserved.
    pub(crate) events: EventSet,
    /// Filter or system-call stops.
    pub(crate) mode: Mode,
    /// Somebody became interested after the start: what runs already may lack what a new command gets.
    pub(crate) has_grown: bool,
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
}

impl Interest {
    /// The program that a command starts with; empty where there is none.
    pub(crate) fn program(&self) -> Vec<Instruction> {
        match self.mode {
            Mode::Filter => filter::compile(&filter::rules(self.events)),
            Mode::SyscallStops => Vec::new(),
        }
    }

    /// What the filter of a command that starts now sees to.
    pub(crate) fn filtered(&self) -> EventSet {
        match self.mode {
            Mode::Filter => self.events,
            Mode::SyscallStops => EventSet::EMPTY,
        }
    }

    /// Somebody else is interested in these.
    pub(crate) fn grow(&mut self, events: EventSet) {
        self.has_grown |= events.iter().any(|kind| !self.wants(kind));
        self.events = self.events | events;
    }

    /// How the calls of a task are made to stop whose filter sees to `filtered`.
    pub(crate) fn mode_for(&self, filtered: EventSet) -> Mode {
        let lacks = |kind: EventKind| BY_CALLS.contains(kind) && !filtered.contains(kind);
        if self.mode == Mode::Filter && self.events.iter().any(lacks) {
            Mode::SyscallStops
        } else {
            self.mode
        }
    }

    /// As it would be if these were wanted, too.
    pub(crate) fn with(self, events: EventSet) -> Interest {
        Interest { events: self.events | events, ..self }
    }

    pub(crate) fn wants(&self, kind: EventKind) -> bool {
        self.events.contains(kind)
    }

    /// Whether changes of ids are told, so that each task's ids must be known.
    pub(crate) fn wants_ids(&self) -> bool {
        self.wants(EventKind::Uid) || self.wants(EventKind::Gid)
    }

    /// PTRACE_O_*: births, execs and deaths are always followed. The stop before a death is had only where
    /// somebody wants `exit` at its exact point, or a fork that dies unreported must be resolved.
    ///
    /// KERNEL: without PTRACE_O_TRACESECCOMP a task's own RET_TRACE filter makes its calls fail with ENOSYS,
    /// as it does without a tracer (seccomp(2)); so the option comes only with a filter of ours.
    pub(crate) fn options(&self) -> i32 {
        let filter = match self.mode {
            Mode::Filter => libc::PTRACE_O_TRACESECCOMP,
            Mode::SyscallStops => 0,
        };
        let exit = if self.wants(EventKind::Exit) || self.wants(EventKind::Init) {
            libc::PTRACE_O_TRACEEXIT
        } else {
            0
        };
        filter
            | exit
            | libc::PTRACE_O_TRACESYSGOOD
            | libc::PTRACE_O_TRACEFORK
            | libc::PTRACE_O_TRACEVFORK
            | libc::PTRACE_O_TRACECLONE
            | libc::PTRACE_O_TRACEEXEC
            | libc::PTRACE_O_EXITKILL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_is_had_by_system_call_stops() {
        let exec = EventSet::of([EventKind::Exec]);
        let mut interest = Interest { events: exec, mode: Mode::Filter, has_grown: false };
        let filtered = interest.filtered();
        interest.grow(exec);
        assert!(!interest.has_grown);
        // No call stops for these.
        interest.grow(EventSet::of([EventKind::Exit, EventKind::Free]));
        assert!(interest.has_grown && interest.mode_for(filtered) == Mode::Filter);
        interest.grow(EventSet::of([EventKind::Uid]));
        assert_eq!(interest.mode_for(filtered), Mode::SyscallStops);
        assert_eq!(interest.mode_for(interest.filtered()), Mode::Filter, "a command that starts now");
    }
}
