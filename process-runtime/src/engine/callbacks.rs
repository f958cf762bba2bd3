//! What an engine is: functions that are called at a task's stops.

use watchers::{CloneFlags, ExitStatus, Signal, Task};

use super::action::{ResumeAction, SignalAction, SignalAnswer, SyscallAction, SyscallAnswer};
use super::death::{Death, JobControl};
use super::event::{EngineEvent, EngineEvents};
use super::report::Report;
use super::siginfo::Siginfo;
use crate::syscall::Entry;

/// What is attached to one task, to be told of its events and to decide how it goes on.
///
/// Any number can be attached to a task at any time. They are told in the order in which they were attached, at the
/// entry of a system call in the reverse order; one that is attached while an event is told hears of the next one. A
/// function is only called for events that the engine [wants](Engine::events).
///
/// Everything runs on the supervisor's thread, so a callback must not wait: where something has to be asked first, it
/// [holds](Report::hold) the task, and the others go on. One that panics is reported and detached.
///
/// ```
/// use process_runtime::{Engine, EngineEvent, EngineEvents, Report, Syscall, SyscallAnswer};
/// use watchers::Errno;
///
/// /// Nothing is ever deleted.
/// struct Keep;
///
/// impl Engine for Keep {
///     fn events(&self) -> EngineEvents {
///         EngineEvent::SyscallEntry.into()
///     }
///
///     fn report_syscall_entry(&mut self, _at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
///         match i64::try_from(call.number) {
///             // Any program can make 32-bit calls, whose numbers are others; this one is to make none.
///             _ if !call.is_native() => SyscallAnswer::fail(Errno::ENOSYS),
///             Ok(libc::SYS_unlink | libc::SYS_unlinkat | libc::SYS_rmdir) => SyscallAnswer::fail(Errno::EROFS),
///             _ => SyscallAnswer::RUN,
///         }
///     }
/// }
/// ```
///
/// # Differences from utrace
///
/// The rules are those of utrace (linux/utrace.h, 2009-12-16), but for these.
///
/// * A new engine has the events that it declares, instead of none until `utrace_set_events`.
/// * A quiesce before a system call that answers nothing about the call leaves an earlier abort standing.
/// * Whoever wants a task stopped has it stopped, also without wanting QUIESCE.
/// * A stop, or a report, that is wanted elsewhere than on the way to user mode takes place at the end of the system call.
/// * A stop that is asked for while the task waits in a call takes it out of the call, which is then made again: a relative
///   timeout starts afresh. A report comes when the call has ended by itself. Only [`ResumeAction::Interrupt`] lets the call
///   answer EINTR.
/// * A SIGTRAP that comes of a step which an engine has asked for is to be ignored unless an engine says otherwise.
/// * The exit code at EXIT cannot be changed; change the argument of the call, or the signal, that leads there.
/// * The stop of a task at EXIT also holds up an exec or an exit of its whole process, until the engine lets it go.
/// * DEATH is told when the tracer has reaped the task; for a leader that has ended before other threads of its process,
///   that is with the last of them.
/// * Nobody can be attached to a task that is dead, also if its parent has not reaped it yet.
/// * REAP comes at once where no engine of the task wants it at DEATH, where the kernel does not say when a parent reaps
///   (before 6.9), and at the end of the supervisor, which waits for no parent of the dead.
/// * A signal goes to what the program has arranged for it: an engine cannot hand over another `k_sigaction`
///   (`return_ka`). For the default action there are TERM and the like with
///   [`SignalAction::by_default`], for another handler there is the instruction pointer at HANDLER.
/// * TERM and CORE are shown as SIGTERM and SIGQUIT where that is not what the signal does by default, STOP as SIGSTOP,
///   and TSTP as whichever of SIGTSTP, SIGTTIN and SIGTTOU the program has left at its default; SIGSTOP, if none. TERM
///   and CORE take the program's handler away first; where it cannot be (a 32-bit program, a seccomp filter of its own),
///   SIGKILL ends it.
/// * HOLD is an action of its own, and the signal goes to the end of its queue, not to the head. A SIGSTOP that is held
///   comes back as if it were ours.
/// * A signal that is invented waits as long as the task blocks it, and is one with the same signal that waits already. One
///   that is made before a signal (REPORT) comes after that.
pub trait Engine: Send + 'static {
    /// What it wants to be told of when it is attached; [`Attached::set_events`](crate::Attached::set_events) changes it.
    fn events(&self) -> EngineEvents {
        EngineEvents::EMPTY
    }

    /// A number that it can be [found](crate::Matching::with_data) by.
    fn data(&self) -> u64 {
        0
    }

    /// Before an event that somebody is told of; or, with none, before the task runs again: a report was asked for.
    fn report_quiesce(&mut self, at: &mut Report<'_>, event: Option<EngineEvent>) -> ResumeAction {
        let _ = event;
        at.unchanged()
    }

    /// The task has made `child`, which has not run yet. What is attached to it now can stop it before its first
    /// instruction.
    fn report_clone(&mut self, at: &mut Report<'_>, child: &Task, flags: CloneFlags) -> ResumeAction {
        let _ = (child, flags);
        at.unchanged()
    }

    /// A program is loaded.
    fn report_exec(&mut self, at: &mut Report<'_>) -> ResumeAction {
        at.unchanged()
    }

    /// The task is about to die.
    fn report_exit(&mut self, at: &mut Report<'_>, status: ExitStatus) -> ResumeAction {
        let _ = status;
        at.unchanged()
    }

    /// The task is dead. Only [`ResumeAction::Detach`] means anything: there is no REAP then.
    fn report_death(&mut self, at: &mut Report<'_>, death: &Death) -> ResumeAction {
        let _ = death;
        at.unchanged()
    }

    /// The task is gone: its parent has reaped it, or nobody has to. The engine is dropped next.
    fn report_reap(&mut self, task: &Task) {
        let _ = task;
    }

    /// The task enters a system call. Its registers can still be changed.
    fn report_syscall_entry(&mut self, at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        SyscallAnswer { resume: at.unchanged(), call: call.action }
    }

    /// The call is over, with this result; a failure is a negated errno.
    fn report_syscall_exit(&mut self, at: &mut Report<'_>, result: i64) -> ResumeAction {
        let _ = result;
        at.unchanged()
    }

    /// A signal is to be delivered; SIGKILL is never reported.
    ///
    /// Whoever wants QUIESCE is called here, too, instead of in [`report_quiesce`](Engine::report_quiesce): for a signal
    /// that somebody is told of; and where there is none but there could be one, that is after an interruption, before a
    /// signal where a report was due, and when a handler was set up ([`SignalReport::event`] is none). For an engine that
    /// does not care, it is a quiesce.
    fn report_signal(&mut self, at: &mut Report<'_>, signal: &SignalReport) -> SignalAnswer {
        signal.answer(self.report_quiesce(at, signal.event))
    }

    /// The task has stopped with its group, or goes on.
    fn report_jctl(&mut self, at: &mut Report<'_>, change: JobControl) -> ResumeAction {
        let _ = change;
        at.unchanged()
    }
}

/// A system call that is about to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Syscall {
    /// Its number, in the table of `audit_arch`.
    pub number: u64,
    /// Its arguments.
    pub args: [u64; 6],
    /// AUDIT_ARCH_*: whose numbers these are; see [`is_native`](Self::is_native).
    pub audit_arch: u32,
    /// What the engines before have answered.
    pub action: SyscallAction,
    /// Whether the task was stopped here and the engines are asked once more.
    #[doc(alias = "UTRACE_SYSCALL_RESUMED")]
    pub resumed: bool,
}

impl Syscall {
    /// Whether the number is one of this machine's own, which `libc` calls `SYS_…`.
    ///
    /// Those of 32-bit calls are others, also for the same call, and a 64-bit program can make them, too; x32 calls have a bit
    /// set. Whoever guards against a call by its number has to look at this first.
    pub fn is_native(&self) -> bool {
        crate::arch::is_native_call(self.audit_arch, self.number)
    }

    pub(crate) fn new(entry: &Entry, action: SyscallAction, asked: Asked) -> Syscall {
        let Entry { audit_arch, number, args } = *entry;
        Syscall { number, args, audit_arch, action, resumed: asked == Asked::Again }
    }
}

/// Whether engines are asked of a system call for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    First,
    Again,
}

/// A signal that is about to be delivered, or a moment at which one could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalReport {
    /// Which event that is; none where there is no signal.
    pub event: Option<EngineEvent>,
    /// Which signal, and what comes with it, as the engines before have left it.
    pub info: Option<Siginfo>,
    /// What the engines before have answered. At first, what the program has arranged, or
    /// [`Report`](SignalAction::Report) or [`Handler`](SignalAction::Handler) where there is no signal.
    pub action: SignalAction,
}

impl SignalReport {
    pub(crate) fn new(event: Option<EngineEvent>, said: Said) -> SignalReport {
        SignalReport { event, info: said.info, action: said.action }
    }

    /// Which signal.
    pub fn signal(&self) -> Option<Signal> {
        self.info.map(|info| info.signal())
    }

    /// An answer that changes nothing about the signal.
    pub fn answer(&self, resume: ResumeAction) -> SignalAnswer {
        SignalAnswer { resume, action: self.action, info: self.info }
    }
}

/// What was said of a signal so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) action: SignalAction,
    pub(crate) info: Option<Siginfo>,
}
