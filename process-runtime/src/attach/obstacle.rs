//! Why a task cannot be attached to.

use std::fmt;
use std::fs;

use watchers::{Errno, Pid, Tid};

use crate::proc::{self, Status};

/// Why a process, or one task of it, cannot be attached to.
///
/// ```
/// use process_runtime::{ErrorKind, Obstacle, Supervisor};
/// use watchers::Pid;
///
/// let own = Pid::from_raw(std::process::id() as i32).expect("positive");
/// let error = Supervisor::builder().attach(own).expect_err("nobody traces themselves");
/// assert_eq!(error.kind(), ErrorKind::Attach(Obstacle::Own));
/// assert!(error.to_string().ends_with("it is this process itself"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// There is no such process, or it has ended and nobody has waited for it yet.
    Gone,
    /// The number is that of a thread. A process is attached to as a whole.
    #[non_exhaustive]
    Thread {
        /// Its process.
        pid: Pid,
    },
    /// It is the process that asks: nobody traces threads of its own process.
    Own,
    /// It is a thread of the kernel.
    Kernel,
    /// It has a tracer, and a task has no more than one.
    #[non_exhaustive]
    Traced {
        /// The thread that traces it; 0 in other pid namespaces is told as [`Forbidden`](Obstacle::Forbidden).
        tracer: Tid,
    },
    /// The kernel does not allow it: it is another user's, or has privileges that we lack, or is not dumpable; or Yama forbids it.
    #[doc(alias = "EPERM")]
    #[doc(alias = "yama")]
    #[non_exhaustive]
    Forbidden {
        /// Yama's `kernel.yama.ptrace_scope`, where there is that. 1: only descendants; 2: only with CAP_SYS_PTRACE; 3: nobody.
        ptrace_scope: Option<u8>,
    },
    /// Another of its threads is in an exec, and stays there.
    #[doc(alias = "cred_guard_mutex")]
    Busy,
}

impl Obstacle {
    /// The errno that says as much.
    pub(crate) fn errno(self) -> Errno {
        match self {
            Obstacle::Gone => Errno::ESRCH,
            Obstacle::Thread { .. } => Errno::EINVAL,
            Obstacle::Busy => Errno::EBUSY,
            Obstacle::Own | Obstacle::Kernel | Obstacle::Traced { .. } | Obstacle::Forbidden { .. } => {
                Errno::EPERM
            }
        }
    }
}

/// Why PTRACE_SEIZE said so.
pub(crate) fn obstacle(tid: Tid, errno: Errno) -> Obstacle {
    if errno == Errno::ESRCH {
        return Obstacle::Gone;
    }
    let Some(status) = Status::read(tid).filter(|status| !status.is_dead()) else { return Obstacle::Gone };
    let is_own = || status.pid().is_some_and(|pid| i64::from(pid.as_raw()) == i64::from(std::process::id()));
    match status.tracer() {
        Some(tracer) => Obstacle::Traced { tracer },
        None if is_own() => Obstacle::Own,
        None if proc::is_kernel_thread(tid) => Obstacle::Kernel,
        None => Obstacle::Forbidden { ptrace_scope: ptrace_scope() },
    }
}

fn ptrace_scope() -> Option<u8> {
    fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok()?.trim().parse().ok()
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::Gone => f.write_str("there is no such process alive"),
            Obstacle::Thread { pid } => {
                write!(f, "it is a thread of process {pid}, which can be attached to")
            }
            Obstacle::Own => f.write_str("it is this process itself"),
            Obstacle::Kernel => f.write_str("it is a thread of the kernel"),
            Obstacle::Traced { tracer } => {
                write!(f, "it has a tracer already, task {tracer} (a debugger, strace, another supervisor)")
            }
            Obstacle::Forbidden { ptrace_scope } => {
                f.write_str(
                    "the kernel does not allow it: it is another user's, or has privileges that we lack",
                )?;
                match ptrace_scope {
                    Some(1) => f.write_str(
                        "; or it is no descendant of ours, which Yama asks for (kernel.yama.ptrace_scope is 1)",
                    ),
                    Some(scope @ 2..) => {
                        write!(f, "; or Yama forbids it (kernel.yama.ptrace_scope is {scope})")
                    }
                    _ => Ok(()),
                }
            }
            Obstacle::Busy => f.write_str("another of its threads is in an exec that takes its time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_in_the_way() {
        let tid = |raw| Tid::from_raw(raw).unwrap();
        let own = tid(std::process::id() as i32);
        let table = [
            (tid(i32::MAX), Errno::ESRCH, Obstacle::Gone),
            (tid(i32::MAX), Errno::EPERM, Obstacle::Gone),
            (own, Errno::EPERM, Obstacle::Own),
            // kthreadd, where there are no pid namespaces in the way.
            (tid(2), Errno::EPERM, Obstacle::Kernel),
        ];
        for (tid, errno, expected) in table {
            if tid.as_raw() != 2 || proc::is_kernel_thread(tid) {
                assert_eq!(obstacle(tid, errno), expected, "{tid}");
            }
        }
    }
}
