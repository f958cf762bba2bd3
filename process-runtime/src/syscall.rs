//! The system calls that the runtime knows by name.

use watchers::{CloneFlags, CredsChange, Errno, EventKind};

/// A system call that makes a task, changes ids or other credentials, collides with being supervised, or reports a failed exec.
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
    SetGroups,
    CapSet,
    Unshare,
    SetNs,
    Ptrace,
    Prctl,
    Seccomp,
    Write,
    /// Waits without having done anything yet when it answers EINTR: epoll_wait, semop, recv, … Or what it has begun goes on
    /// when it is made again: connect.
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
            Call::SetGroups | Call::CapSet | Call::Unshare | Call::SetNs => None,
            Call::Ptrace | Call::Prctl | Call::Seccomp | Call::Write | Call::Wait => None,
        }
    }

    /// What a successful call with these arguments changes about credentials, besides ids; or may change.
    pub(crate) fn creds_change(self, args: [u64; 6]) -> Option<CredsChange> {
        let [first, second, ..] = args;
        let new_user = |flags: u64| flags & CloneFlags::CLONE_NEWUSER != 0;
        match self {
            Call::SetGroups => Some(CredsChange::Groups),
            Call::CapSet => Some(CredsChange::Capabilities),
            Call::Unshare if new_user(first) => Some(CredsChange::UserNamespace),
            // KERNEL: 0 allows any kind of namespace (setns(2)).
            Call::SetNs if second as u32 == 0 || new_user(second) => Some(CredsChange::UserNamespace),
            _ => None,
        }
    }

    /// Whether its result is the old id instead of success or failure (setfsuid, setfsgid).
    pub(crate) fn answers_with_the_old_id(self) -> bool {
        matches!(self, Call::SetFsUid | Call::SetFsGid)
    }
}

/// The errno in the result of a system call; `None` if it has succeeded.
///
/// KERNEL: -4095 to -1 are errors (include/linux/err.h `MAX_ERRNO`). Any other number may be there too, if a tracer or the
/// listener of a seccomp filter has answered in the kernel's place.
pub(crate) fn failure(result: i64) -> Option<Errno> {
    let errno = i32::try_from(result.checked_neg()?).ok().map(Errno::from_raw)?;
    (errno.as_raw() > 0 && errno <= Errno::MAX).then_some(errno)
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

    /// The first three arguments of a call that sets ids, as the kernel takes them.
    ///
    /// KERNEL: what a call of 16 bits is given is cut to them, and their -1 is -1 (kernel/uid16.c,
    /// linux/highuid.h `low2highuid`).
    pub(crate) fn ids(&self) -> [u32; 3] {
        let [first, second, third, ..] = self.args;
        let narrow = crate::arch::has_ids_of_16_bits(self.audit_arch, self.number);
        [first, second, third].map(|id| match id as u16 {
            u16::MAX if narrow => u32::MAX,
            cut if narrow => u32::from(cut),
            _ => id as u32,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_results_are_failures() {
        let table =
            [(0, None), (1, None), (i64::MAX, None), (i64::MIN, None), (-4096, None), (-(1 << 32) - 1, None)];
        for (result, errno) in table.into_iter().chain([(-1, Some(Errno::EPERM)), (-4095, Some(Errno::MAX))])
        {
            assert_eq!(failure(result), errno, "{result}");
        }
    }
}
