//! Where a task stands when it is asked for a call.

use watchers::Tid;

use super::CallError;
use crate::arch;
use crate::sys::ptrace;
use crate::syscall::SyscallPoint;

/// A stop, by what it takes to make a call from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On its way to user mode: what its registers say then is what it does.
    Leaving,
    /// The same, but its group is stopped, and it is to stay so afterwards.
    Stopped,
    /// At the entry of a call, which it will enter again afterwards.
    Entering(Door),
    /// Inside execve(2), whose result is not in the registers yet.
    Executing,
}

/// The two stops at the entry of a call, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Entry,
    Seccomp,
}

impl Place {
    /// Asks the kernel.
    pub(super) fn of(tid: Tid) -> Result<Place, CallError> {
        let info = ptrace::syscall_info(tid).map_err(CallError::of_request)?;
        let native = info.audit_arch == arch::NATIVE;
        match info.at {
            SyscallPoint::Exit { .. } => Ok(Place::Leaving),
            SyscallPoint::Entry { .. } if native => Ok(Place::Entering(Door::Entry)),
            SyscallPoint::Seccomp { .. } if native => Ok(Place::Entering(Door::Seccomp)),
            SyscallPoint::Entry { .. } | SyscallPoint::Seccomp { .. } => Err(CallError::NotNative),
            SyscallPoint::Elsewhere => Place::of_event(tid),
        }
    }

    /// KERNEL: the code of an event stop's siginfo is the wait status's upper part: the event, above the signal
    /// that stopped the group or else SIGTRAP (kernel/signal.c `ptrace_do_notify`).
    fn of_event(tid: Tid) -> Result<Place, CallError> {
        let code = ptrace::signal_info(tid).map_err(CallError::of_request)?.code;
        match (code >> 8, code & 0xff) {
            (libc::PTRACE_EVENT_STOP, libc::SIGTRAP) => Ok(Place::Leaving),
            (libc::PTRACE_EVENT_STOP, _) => Ok(Place::Stopped),
            (libc::PTRACE_EVENT_EXEC, libc::SIGTRAP) => Ok(Place::Executing),
            (libc::PTRACE_EVENT_EXIT, libc::SIGTRAP) => Err(CallError::Dying),
            (
                libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE,
                libc::SIGTRAP,
            ) => Err(CallError::InFork),
            // Where a signal of a call before this one was taken back.
            _ => Ok(Place::Leaving),
        }
    }
}
