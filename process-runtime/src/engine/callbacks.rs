//! What an engine is: functions that are called at a task's stops.

use watchers::{CloneFlags, ExitStatus, Signal, Task};

use super::action::{ResumeAction, SignalAction, SignalAnswer, SyscallAction, SyscallAnswer};
use super::event::{EngineEvent, EngineEvents};
use super::report::Report;
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
/// * A stop, or a report, that is wanted at a signal which runs a handler takes place at the handler's first
///   instruction; elsewhere in the kernel, at the end of the system call.
/// * A stop that is asked for while the task waits in a call takes it out of the call, which is then made again: a relative
///   timeout starts afresh. A report comes when the call has ended by itself. Only [`ResumeAction::Interrupt`] lets the call
///   answer EINTR.
/// * A SIGTRAP that comes of a step which an engine has asked for is to be ignored unless an engine says otherwise.
/// * The exit code at EXIT cannot be changed; change the argument of the call, or the signal, that leads there.
/// * The stop of a task at EXIT also holds up an exec or an exit of its whole process, until the engine lets it go.
/// * REAP comes when the tracer has taken a dead task out of its table; the real parent may reap it later.
/// * The report for a handler that was set up, the repeat of a signal, and the return of one to its queue (HANDLER,
///   REPORT and HOLD of report_signal) do not exist. Nor can a signal be invented where there is none.
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

    /// The task is gone, and the engine is dropped next.
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

    /// A signal is to be delivered. SIGKILL is never reported.
    fn report_signal(&mut self, at: &mut Report<'_>, signal: &SignalReport) -> SignalAnswer {
        SignalAnswer { resume: at.unchanged(), action: signal.action, signal: signal.signal }
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
    /// AUDIT_ARCH_*: whose numbers these are.
    pub audit_arch: u32,
    /// What the engines before have answered.
    pub action: SyscallAction,
    /// Whether the task was stopped here and the engines are asked once more.
    #[doc(alias = "UTRACE_SYSCALL_RESUMED")]
    pub resumed: bool,
}

impl Syscall {
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

/// A signal that is about to be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalReport {
    /// Which, as the engines before have left it.
    pub signal: Signal,
    /// Which event that is.
    pub event: EngineEvent,
    /// What the engines before have answered; at first, what the program has arranged.
    pub action: SignalAction,
}

impl SignalReport {
    pub(crate) fn new(signal: Signal, event: EngineEvent, action: SignalAction) -> SignalReport {
        SignalReport { signal, event, action }
    }
}

/// A death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Death {
    /// How the task has ended.
    pub status: ExitStatus,
}

impl Death {
    pub(crate) fn new(status: ExitStatus) -> Death {
        Death { status }
    }
}

/// A change of job control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobControl {
    /// The group stops.
    #[doc(alias = "CLD_STOPPED")]
    Stopped,
    /// It goes on.
    #[doc(alias = "CLD_CONTINUED")]
    Continued,
}
