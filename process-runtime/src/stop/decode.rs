//! Stage 2: [`RawStop`] -> [`Stop`]. Pure: no system call, no table, no surprise that panics.

use watchers::{ExitStatus, Signal, Tid};

use super::{RawStop, Stop};
use crate::syscall::{Entry, SyscallInfo, SyscallPoint};

/// What a status means.
#[inline(always)]
pub(crate) fn decode(raw: &RawStop) -> Stop {
    if !libc::WIFSTOPPED(raw.status) {
        return Stop::Gone(ExitStatus::from_raw(raw.status));
    }
    match raw.status >> 16 {
        0 => plain(raw),
        libc::PTRACE_EVENT_STOP => group_or_trap(libc::WSTOPSIG(raw.status)),
        libc::PTRACE_EVENT_SECCOMP => raw.syscall.map_or(Stop::Vanished, |info| syscall_stop(&info)),
        event => raw.message.map_or(Stop::Vanished, |message| with_message(event, message)),
    }
}

/// A stop without a ptrace event: a system-call stop or a signal-delivery-stop.
#[inline(always)]
fn plain(raw: &RawStop) -> Stop {
    // KERNEL: PTRACE_O_TRACESYSGOOD sets bit 7 of the signal at system-call stops, which no real signal has.
    match libc::WSTOPSIG(raw.status) {
        signal if signal == libc::SIGTRAP | 0x80 => {
            raw.syscall.map_or(Stop::Vanished, |info| syscall_stop(&info))
        }
        signal => Signal::from_raw(signal).map_or(Stop::Other, Stop::SignalDelivery),
    }
}

/// KERNEL: a seized task in a group-stop reports PTRACE_EVENT_STOP with the stopping signal, any other
/// PTRACE_EVENT_STOP has SIGTRAP (ptrace(2), "PTRACE_EVENT_STOP").
fn group_or_trap(signal: i32) -> Stop {
    match signal {
        libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => {
            Signal::from_raw(signal).map_or(Stop::Other, Stop::Group)
        }
        _ => Stop::Trap,
    }
}

#[inline(always)]
fn with_message(event: i32, message: u64) -> Stop {
    let tid = i32::try_from(message).ok().and_then(Tid::from_raw);
    match (event, tid) {
        // KERNEL: the message of a task that was killed at its event can be stale or zero.
        (libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE, Some(child)) => {
            Stop::NewChild { child }
        }
        (libc::PTRACE_EVENT_EXEC, old_tid) => Stop::Exec { old_tid },
        (libc::PTRACE_EVENT_EXIT, _) => Stop::Exiting(ExitStatus::from_raw(message as i32)),
        _ => Stop::Other,
    }
}

#[inline(always)]
fn syscall_stop(info: &SyscallInfo) -> Stop {
    let entry = |number, args| Entry { audit_arch: info.audit_arch, number, args };
    match info.at {
        SyscallPoint::Entry { number, args } => Stop::SyscallEnter(entry(number, args)),
        SyscallPoint::Exit { result } => Stop::SyscallExit { result },
        SyscallPoint::Seccomp { number, args, data } => Stop::Seccomp { entry: entry(number, args), data },
        SyscallPoint::Elsewhere => Stop::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(status: i32) -> RawStop {
        RawStop { tid: Tid::from_raw(7).unwrap(), status, message: Some(9), syscall: None }
    }

    fn stopped(signal: i32, event: i32) -> i32 {
        0x7f | signal << 8 | event << 16
    }

    #[test]
    fn every_kind_of_stop() {
        let nine = Tid::from_raw(9).unwrap();
        let signal = |n| Signal::from_raw(n).unwrap();
        let table = [
            (7 << 8, Stop::Gone(ExitStatus::from_raw(7 << 8))),
            (libc::SIGKILL, Stop::Gone(ExitStatus::from_raw(libc::SIGKILL))),
            (libc::SIGSEGV | 0x80, Stop::Gone(ExitStatus::from_raw(libc::SIGSEGV | 0x80))),
            (stopped(libc::SIGCHLD, 0), Stop::SignalDelivery(signal(libc::SIGCHLD))),
            (stopped(libc::SIGTRAP, 0), Stop::SignalDelivery(signal(libc::SIGTRAP))),
            (stopped(35, 0), Stop::SignalDelivery(signal(35))),
            (stopped(libc::SIGSTOP, 0), Stop::SignalDelivery(signal(libc::SIGSTOP))),
            (stopped(libc::SIGSTOP, libc::PTRACE_EVENT_STOP), Stop::Group(signal(libc::SIGSTOP))),
            (stopped(libc::SIGTTOU, libc::PTRACE_EVENT_STOP), Stop::Group(signal(libc::SIGTTOU))),
            (stopped(libc::SIGTRAP, libc::PTRACE_EVENT_STOP), Stop::Trap),
            (stopped(libc::SIGTRAP, libc::PTRACE_EVENT_FORK), Stop::NewChild { child: nine }),
            (stopped(libc::SIGTRAP, libc::PTRACE_EVENT_VFORK), Stop::NewChild { child: nine }),
            (stopped(libc::SIGTRAP, libc::PTRACE_EVENT_CLONE), Stop::NewChild { child: nine }),
            (stopped(libc::SIGTRAP, libc::PTRACE_EVENT_EXEC), Stop::Exec { old_tid: Some(nine) }),
            (stopped(libc::SIGTRAP, libc::PTRACE_EVENT_EXIT), Stop::Exiting(ExitStatus::from_raw(9))),
            (stopped(libc::SIGTRAP, libc::PTRACE_EVENT_VFORK_DONE), Stop::Other),
            (stopped(libc::SIGTRAP | 0x80, 0), Stop::Vanished),
            (stopped(libc::SIGTRAP, libc::PTRACE_EVENT_SECCOMP), Stop::Vanished),
        ];
        for (status, stop) in table {
            assert_eq!(decode(&raw(status)), stop, "{status:#x}");
        }
    }

    #[test]
    fn a_task_that_was_killed_before_the_question() {
        let unanswered = RawStop { message: None, ..raw(stopped(libc::SIGTRAP, libc::PTRACE_EVENT_FORK)) };
        assert_eq!(decode(&unanswered), Stop::Vanished);
        let zero = RawStop { message: Some(0), ..unanswered };
        assert_eq!(decode(&zero), Stop::Other);
    }

    #[test]
    fn no_status_word_panics() {
        for event in 0..=129 {
            for low in 0..=u16::MAX {
                let _ = decode(&raw(i32::from(low) | event << 16));
            }
        }
        let _ = decode(&raw(-1));
    }
}
