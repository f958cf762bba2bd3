//! The system calls that the runtime knows by name.

use watchers::EventKind;

/// A system call that makes a task, changes ids, collides with being supervised, or reports a failed exec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Clone,
    Clone3,
    Fork,
    Vfork,
    SetUid,
    SetReUid,
    SetResUid,
    SetFsUid,
    SetGid,
    SetReGid,
    SetResGid,
    SetFsGid,
    Ptrace,
    Prctl,
    Seccomp,
    Write,
    /// Waits without having done anything yet when it answers EINTR: epoll_wait, semop, recv, …
    Wait,
}

impl Call {
    /// Whether it is one of fork, vfork, clone and clone3.
    pub(crate) fn makes_a_task(&self) -> bool {
        matches!(self, Call::Clone | Call::Clone3 | Call::Fork | Call::Vfork)
    }

    /// The event that a successful call is, for those that change ids.
    pub(crate) fn ids_event(self) -> Option<EventKind> {
        match self {
            Call::SetUid | Call::SetReUid | Call::SetResUid | Call::SetFsUid => Some(EventKind::Uid),
            Call::SetGid | Call::SetReGid | Call::SetResGid | Call::SetFsGid => Some(EventKind::Gid),
            Call::Clone | Call::Clone3 | Call::Fork | Call::Vfork => None,
            Call::Ptrace | Call::Prctl | Call::Seccomp | Call::Write | Call::Wait => None,
        }
    }

    /// Whether its result is the old id instead of success or failure (setfsuid, setfsgid).
    pub(crate) fn answers_with_the_old_id(self) -> bool {
        matches!(self, Call::SetFsUid | Call::SetFsGid)
    }
}

/// A system call at its entry: who is called and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// AUDIT_ARCH_*: which table `number` is of.
    pub(crate) audit_arch: u32,
    /// The number as the task gave it.
    pub(crate) number: u64,
    /// The six arguments.
    pub(crate) args: [u64; 6],
}

impl Entry {
    /// What it is, where the runtime knows it.
    pub(crate) fn call(&self) -> Option<Call> {
        crate::arch::call(self.audit_arch, self.number)
    }
}

/// What PTRACE_GET_SYSCALL_INFO says, as plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyscallInfo {
    /// Which kind of system-call stop, and what comes with it.
    pub(crate) at: SyscallPoint,
    /// AUDIT_ARCH_*.
    pub(crate) audit_arch: u32,
}

/// The kind of a system-call stop and what comes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyscallPoint {
    /// PTRACE_SYSCALL_INFO_ENTRY.
    Entry { number: u64, args: [u64; 6] },
    /// PTRACE_SYSCALL_INFO_EXIT.
    Exit { result: i64 },
    /// PTRACE_SYSCALL_INFO_SECCOMP.
    Seccomp { number: u64, args: [u64; 6], data: u32 },
    /// PTRACE_SYSCALL_INFO_NONE.
    Elsewhere,
}

/// The requests of ptrace(2) that make the caller a tracer or a tracee.
#[doc(alias = "PTRACE_TRACEME")]
pub(crate) fn ptrace_request_name(request: u64) -> Option<&'static str> {
    match request {
        0 => Some("PTRACE_TRACEME"),
        16 => Some("PTRACE_ATTACH"),
        0x4206 => Some("PTRACE_SEIZE"),
        _ => None,
    }
}
