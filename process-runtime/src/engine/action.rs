//! What engines answer: how the task goes on, and what becomes of its system call or signal.

use watchers::Errno;

use super::siginfo::Siginfo;

/// How a task goes on after a report, or what [`Attached::control`](crate::Attached::control) asks for.
///
/// Several engines that answer differently are merged: the smallest wins, in the order in which they stand here. An
/// engine cannot overrule one that asks for more. Only [`Stop`](ResumeAction::Stop) lasts: the others are asked for
/// once, and what counts is the last report before the task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "utrace_resume_action")]
pub enum ResumeAction {
    /// It stays stopped until this engine says otherwise.
    #[doc(alias = "UTRACE_STOP")]
    Stop,
    /// It is taken out of a system call that waits, which may answer EINTR, and is reported before it runs again.
    #[doc(alias = "UTRACE_INTERRUPT")]
    Interrupt,
    /// It is reported before it runs again.
    #[doc(alias = "UTRACE_REPORT")]
    Report,
    /// It makes one instruction and gets a SIGTRAP.
    ///
    /// KERNEL: that SIGTRAP is forced: a task that blocks or ignores it loses its handler of SIGTRAP, and blocks it no more
    /// (kernel/signal.c `force_sig_info_to_task`), as under every debugger. Threads block all signals while they are born.
    #[doc(alias = "UTRACE_SINGLESTEP")]
    SingleStep,
    /// It runs to its next branch and gets a SIGTRAP; one instruction where the processor cannot do that.
    #[doc(alias = "UTRACE_BLOCKSTEP")]
    BlockStep,
    /// It runs.
    #[doc(alias = "UTRACE_RESUME")]
    Resume,
    /// It runs, and this engine hears of it no more.
    #[doc(alias = "UTRACE_DETACH")]
    Detach,
}

impl ResumeAction {
    /// What two engines want together: the smaller; one that goes has no wish.
    pub(crate) fn merge(self, other: ResumeAction) -> ResumeAction {
        self.min(other).min(ResumeAction::Resume)
    }

    /// Whether the engines are to be called before the task runs again.
    pub(crate) fn asks_for_a_report(self) -> bool {
        self <= ResumeAction::Report
    }
}

/// What becomes of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "utrace_syscall_action")]
pub enum SyscallAction {
    /// The kernel makes it.
    #[doc(alias = "UTRACE_SYSCALL_RUN")]
    Run,
    /// The kernel does not, and this is what the task gets: a result, or a negated errno.
    #[doc(alias = "UTRACE_SYSCALL_ABORT")]
    Abort(i64),
}

/// What [`Engine::report_syscall_entry`](crate::Engine::report_syscall_entry) answers.
///
/// ```
/// use process_runtime::{ResumeAction, SyscallAction, SyscallAnswer};
/// use watchers::Errno;
///
/// let refused = SyscallAnswer::fail(Errno::EPERM);
/// assert_eq!(refused.call, SyscallAction::Abort(-1));
/// assert_eq!(SyscallAnswer::from(ResumeAction::Stop).call, SyscallAction::Run);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct SyscallAnswer {
    /// How the task goes on.
    pub resume: ResumeAction,
    /// What becomes of the call. The last engine's answer holds.
    pub call: SyscallAction,
}

impl SyscallAnswer {
    /// The call is made.
    pub const RUN: SyscallAnswer = SyscallAnswer { resume: ResumeAction::Resume, call: SyscallAction::Run };

    /// The call is not made and fails.
    pub fn fail(errno: Errno) -> SyscallAnswer {
        SyscallAnswer::give(-i64::from(errno.as_raw()))
    }

    /// The call is not made and has this result.
    pub fn give(result: i64) -> SyscallAnswer {
        SyscallAnswer { resume: ResumeAction::Resume, call: SyscallAction::Abort(result) }
    }
}

impl From<ResumeAction> for SyscallAnswer {
    fn from(resume: ResumeAction) -> SyscallAnswer {
        SyscallAnswer { resume, call: SyscallAction::Run }
    }
}

/// What becomes of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "utrace_signal_action")]
pub enum SignalAction {
    /// It does what the program has arranged.
    #[doc(alias = "UTRACE_SIGNAL_DELIVER")]
    Deliver,
    /// Nothing.
    #[doc(alias = "UTRACE_SIGNAL_IGN")]
    Ign,
    /// It ends the process, also one that has a handler for it.
    #[doc(alias = "UTRACE_SIGNAL_TERM")]
    Term,
    /// It ends the process with a core dump, also one that has a handler for it.
    #[doc(alias = "UTRACE_SIGNAL_CORE")]
    Core,
    /// It stops the group.
    #[doc(alias = "UTRACE_SIGNAL_STOP")]
    Stop,
    /// It stops the group unless that is orphaned.
    #[doc(alias = "UTRACE_SIGNAL_TSTP")]
    Tstp,
    /// There is no signal: the engines are called before the task is in user mode. As an answer, nothing.
    #[doc(alias = "UTRACE_SIGNAL_REPORT")]
    Report,
    /// There is no signal: the frame for a handler was set up, and the task stands at its first instruction. As an
    /// answer, nothing.
    #[doc(alias = "UTRACE_SIGNAL_HANDLER")]
    Handler,
    /// It goes back to where it came from, and is reported once more before the task is in user mode; so whoever wants
    /// to see it later also answers [`ResumeAction::Stop`].
    #[doc(alias = "UTRACE_SIGNAL_HOLD")]
    Hold,
}

/// What [`Engine::report_signal`](crate::Engine::report_signal) answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct SignalAnswer {
    /// How the task goes on, behind the signal: a stop begins before the next instruction in user mode. A handler's frame is on
    /// the stack by then, and whoever the signal ends is dead, and was never held. To stop the task before the signal does
    /// anything, [hold the signal](SignalAction::Hold) as well: both are let go together, and the signal is reported once more.
    ///
    /// A report, or an interruption, is only to be had from here where a handler runs: that is
    /// reported next. Elsewhere (as utrace, which else would come here again at once) it means nothing.
    pub resume: ResumeAction,
    /// What becomes of the signal. The last engine's answer holds.
    pub action: SignalAction,
    /// Which signal it is from here on, and what comes with it. Where there was none, this invents one, if the action is
    /// more than nothing.
    pub info: Option<Siginfo>,
}
