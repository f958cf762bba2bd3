//! From one stop of a task to its next stop in a system call, past everything that comes between.

use watchers::{Signal, Tid};

use super::CallError;
use super::detours::Detours;
use crate::filter::COOKIE;
use crate::interest::Mode;
use crate::resume::{Action, resume};
use crate::stop::{Stop, decode, observe_one};
use crate::sys::ptrace::{self, SignalInfo};
use crate::tracee::Stopped;

/// One task away from its event's stop, its signals held back.
///
/// KERNEL: a blocked signal stays in its queue, in its order and with all that came with it, until it is
/// unblocked; the kernel looks again when the task goes on (kernel/ptrace.c `PTRACE_SETSIGMASK`).
pub(super) struct Passage<'d> {
    pub(super) tid: Tid,
    detours: &'d Detours,
    /// What the task itself blocks.
    mask: u64,
}

/// Where it has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// syscall-enter-stop.
    Entry,
    /// A seccomp stop; of a `foreign` filter if it is not ours.
    Seccomp { foreign: bool },
    /// syscall-exit-stop.
    Exit { result: i64 },
    /// The task's own filter, or dispatch, has sent SIGSYS, which is about to be delivered.
    Refused,
}

/// Signals that are blocked on the way, as bits.
const ALL: u64 = u64::MAX;
const SIGSYS: u64 = 1 << (libc::SIGSYS - 1);

impl<'d> Passage<'d> {
    /// Holds the task's signals back: all but SIGKILL and SIGSTOP, which nobody can, and SIGSYS.
    ///
    /// KERNEL: a SIGSYS of the task's own filter that finds itself blocked takes the program's handler away
    /// (kernel/signal.c `force_sig_info_to_task`).
    pub(super) fn begin(tid: Tid, detours: &'d Detours) -> Result<Passage<'d>, CallError> {
        let mask = ptrace::signal_mask(tid).map_err(CallError::of_request)?;
        let passage = Passage { tid, detours, mask };
        passage.block(ALL & !SIGSYS | mask)?;
        Ok(passage)
    }

    fn block(&self, signals: u64) -> Result<(), CallError> {
        ptrace::set_signal_mask(self.tid, signals).map_err(CallError::of_request)
    }

    /// Lets its signals come again.
    pub(super) fn end(self) -> Result<(), CallError> {
        self.block(self.mask)
    }

    /// A stop was passed over that is to hold afterwards, or in which a call is to be restarted.
    pub(super) fn owe_a_stop(&self) {
        self.detours.owe(self.tid);
    }

    /// Lets it run to its next stop in a system call.
    pub(super) fn step(&mut self) -> Result<Arrival, CallError> {
        let mut signal = None;
        loop {
            let action = Action::ToSyscallStop(signal.take());
            resume(Stopped::claim(self.tid), action, Mode::Filter).map_err(CallError::Os)?;
            let raw = observe_one(self.tid).map_err(CallError::Os)?.ok_or(CallError::Killed)?;
            match decode(&raw) {
                Stop::SyscallEnter(_) => return Ok(Arrival::Entry),
                Stop::SyscallExit { result } => return Ok(Arrival::Exit { result }),
                Stop::Seccomp { data, .. } => {
                    return Ok(Arrival::Seccomp { foreign: data != u32::from(COOKIE) });
                }
                Stop::SignalDelivery(_) if self.is_refusal()? => return Ok(Arrival::Refused),
                Stop::SignalDelivery(other) => signal = Some(self.hand_back(other)?),
                // Its group stops, or goes on.
                Stop::Trap | Stop::Group(_) => self.owe_a_stop(),
                Stop::Other => {}
                Stop::Vanished => return Err(CallError::Killed),
                Stop::Exiting(_) | Stop::Gone(_) | Stop::Exec { .. } | Stop::NewChild { .. } => {
                    self.detours.put_off(raw);
                    return Err(CallError::Killed);
                }
            }
        }
    }

    /// At a signal's delivery: whether the task's own filter or dispatch has sent it. SYS_SECCOMP is 1,
    /// SYS_USER_DISPATCH 2.
    fn is_refusal(&self) -> Result<bool, CallError> {
        let info = ptrace::signal_info(self.tid).map_err(CallError::of_request)?;
        Ok(info.signal == libc::SIGSYS && matches!(info.code, 1 | 2))
    }

    /// A signal that was not held back: SIGSTOP, which stops the group as ever, and SIGSYS of somebody else.
    ///
    /// KERNEL: a signal that is blocked by the time it is delivered goes back to its queue, with all that came
    /// with it (kernel/signal.c `ptrace_signal`).
    fn hand_back(&self, signal: Signal) -> Result<Signal, CallError> {
        self.block(ALL)?;
        Ok(signal)
    }

    /// Whether a refusal is on its way.
    pub(super) fn is_refused(&self) -> bool {
        let queued = (0..).map_while(|position| ptrace::queued_signal(self.tid, position).ok().flatten());
        queued.into_iter().any(|info| info == SignalInfo { signal: libc::SIGSYS, code: 1 })
    }
}
