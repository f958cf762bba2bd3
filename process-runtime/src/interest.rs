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
}

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
