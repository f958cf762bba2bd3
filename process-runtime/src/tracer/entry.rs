//! Stage 4 for a system call that is about to be made, and for its end.

use watchers::{CloneFlags, Errno, Event, FreeEvent, InitEvent, Stillborn, Tid};

use super::Tracer;
use super::refuse::leave_refused;
use super::untraced::{keep_traced, undo};
use crate::filter;
use crate::interest::Mode;
use crate::notice::Notice;
use crate::resume::Action;
use crate::syscall::{Call, Entry, failure, ptrace_request_name};
use crate::task::{CloneCall, Pending, Phase, StoppedBy};
use crate::tracee::Stopped;

/// KERNEL: the result of a call that a signal interrupted and that will be made again after it
/// (linux/errno.h ERESTARTNOINTR); never seen by the program.
const RESTARTS: i64 = -513;

/// Offset and size of what we read of `struct clone_args` (linux/sched.h).
const CLONE_ARGS_WORDS: usize = 5;

impl Tracer {
    pub(super) fn enter(&mut self, stopped: &Stopped, entry: &Entry, stopped_by: StoppedBy) -> Action {
        if stopped_by == StoppedBy::ForeignFilter {
            return without_a_tracer(stopped);
        }
        if self.is_letting_go() {
            return Action::Continue(None);
        }
        if self.table.get(stopped.tid()).is_some_and(|record| matches!(record.phase, Phase::BeforeExec)) {
            return self.enter_before_exec(stopped, entry);
        }
        if stopped_by == StoppedBy::AnyCall && self.will_be_filtered(stopped, entry) {
            return Action::ToSyscallStop(None);
        }
        match entry.call() {
            Some(call) if call.makes_a_task() => self.enter_clone(stopped, entry, call, stopped_by),
            Some(call) => self.enter_another(stopped, entry, call),
            None => Action::Continue(None),
        }
    }

    /// A call that makes no task.
    #[cold]
    fn enter_another(&mut self, stopped: &Stopped, entry: &Entry, call: Call) -> Action {
        if call.ids_event().is_some_and(|kind| self.interest.wants(kind)) {
            return self.enter_ids(stopped, entry, call);
        }
        if self.changes_creds(call, entry) {
            return self.enter_creds(stopped, entry, call);
        }
        match (call, Wish::of(call, entry)) {
            (Call::Ptrace, _) => self.enter_ptrace(stopped, entry),
            (_, Some(wish)) => self.enter_seccomp(stopped, wish),
            (_, None) => Action::Continue(None),
        }
    }

    /// Whether our filter stops the task once more for this call.
    ///
    /// KERNEL: the stop at a call's entry comes before its filters are run (kernel/entry/syscall-common.c
    /// `syscall_trace_enter`).
    #[cold]
    fn will_be_filtered(&self, stopped: &Stopped, entry: &Entry) -> bool {
        let (Some(record), Some(call)) = (self.table.get(stopped.tid()), entry.call()) else { return false };
        self.interest.mode == Mode::Filter && filter::stops(record.root.filtered, call, &entry.args)
    }

    /// Tells `init`, and makes the call fail if anybody refuses.
    fn enter_clone(&mut self, stopped: &Stopped, entry: &Entry, call: Call, stopped_by: StoppedBy) -> Action {
        let flags = flags_of(stopped, call, [entry.args[0], entry.args[1]]);
        let restore = keep_traced(stopped, entry, call, flags);
        if !self.interest.wants(watchers::EventKind::Init) && restore.is_none() {
            return Action::Continue(None);
        }
        let flags = CloneFlags::from_raw(flags.as_raw() & !CloneFlags::CLONE_UNTRACED);
        let Some(record) = self.table.get(stopped.tid()) else { return Action::Continue(None) };
        let task = self.child_task(record, flags);
        let event = InitEvent::new(flags);
        let outcome = self.ask(&task, &event, [Some(stopped.tid()), None]);
        let call_to_be = CloneCall { task, flags, restore };
        if let Some(errno) = outcome.verdict().errno() {
            undo(stopped, &call_to_be);
            let action = self.refuse(stopped, entry, call, stopped_by, errno);
            self.tell_stillborn(&call_to_be.task, Stillborn::Denied);
            return action;
        }
        if let Some(record) = self.record(stopped) {
            record.pending = Pending::Clone(call_to_be);
        }
        Action::ToSyscallStop(None)
    }

    /// The call that this task entered returns.
    #[inline(never)]
    pub(super) fn leave(&mut self, stopped: &Stopped, result: i64) -> Action {
        let Some(record) = self.record(stopped) else { return Action::Continue(None) };
        if matches!(record.phase, Phase::BeforeExec) {
            return Action::ToSyscallStop(None);
        }
        match record.take_pending() {
            Pending::Nothing => {}
            Pending::Clone(call) => self.leave_clone(stopped, &call, result),
            Pending::Ids { call, wanted, old } => self.leave_ids(stopped, call, wanted, old, result),
            Pending::Creds(call) => self.leave_creds(stopped, &call, result),
            Pending::Refused { home, errno } => leave_refused(stopped, &home, errno),
        }
        Action::Continue(None)
    }

    /// A fork that made nobody.
    fn leave_clone(&mut self, stopped: &Stopped, call: &CloneCall, result: i64) {
        undo(stopped, call);
        let why = match failure(result) {
            _ if result == RESTARTS => Stillborn::Restarted,
            // Somebody answered in the kernel's place that there is a child; there is none.
            errno => Stillborn::Failed(errno.unwrap_or(Errno::EIO)),
        };
        self.tell_stillborn(&call.task, why);
    }

    pub(super) fn tell_stillborn(&mut self, task: &watchers::Task, why: Stillborn) {
        self.tell(task, Event::Free(&FreeEvent::stillborn(why)), [None; 2]);
    }

    #[cold]
    fn enter_ptrace(&mut self, stopped: &Stopped, entry: &Entry) -> Action {
        let [request, target, ..] = entry.args;
        let target = i32::try_from(target).ok().and_then(Tid::from_raw);
        // PTRACE_TRACEME names nobody; the other requests collide only with tasks of our own.
        let ours = request == 0 || target.is_some_and(|tid| self.table.get(tid).is_some());
        if let (true, Some(request)) = (ours, ptrace_request_name(request)) {
            self.audience.notice(&Notice::NestedTracer { tid: stopped.tid(), request });
        }
        Action::Continue(None)
    }

    /// Strict mode is refused to a task that has a filter of ours. A filter of its own is not, and may hide
    /// calls from us.
    #[cold]
    fn enter_seccomp(&mut self, stopped: &Stopped, wish: Wish) -> Action {
        let has_filter = self.interest.mode == Mode::Filter;
        match wish {
            Wish::Strict if has_filter => {
                self.audience.notice(&Notice::StrictSeccomp { tid: stopped.tid() });
            }
            Wish::Strict => {}
            Wish::Filter => {
                if let Some(record) = self.record(stopped) {
                    record.group.filters_itself.set(true);
                }
            }
        }
        Action::Continue(None)
    }
}

/// What a task asks of seccomp for itself.
enum Wish {
    Strict,
    Filter,
}

impl Wish {
    /// prctl(PR_SET_SECCOMP, …) and seccomp(SECCOMP_SET_MODE_…) number the modes differently.
    fn of(call: Call, entry: &Entry) -> Option<Wish> {
        match (call, entry.args) {
            (Call::Prctl, [22, 1, ..]) | (Call::Seccomp, [0, ..]) => Some(Wish::Strict),
            (Call::Prctl, [22, 2, ..]) | (Call::Seccomp, [1, ..]) => Some(Wish::Filter),
            _ => None,
        }
    }
}

/// A filter of the task's own asked for a tracer that, without us, would not be there.
///
/// KERNEL: RET_TRACE without a tracer makes the call fail with ENOSYS (seccomp(2)).
#[cold]
fn without_a_tracer(stopped: &Stopped) -> Action {
    let _ = stopped.skip_call(Errno::ENOSYS);
    Action::Continue(None)
}

/// What a fork, by its call and first arguments, asks for, in clone(2)'s encoding.
pub(super) fn flags_of(stopped: &Stopped, call: Call, args: [u64; 2]) -> CloneFlags {
    let sigchld = libc::SIGCHLD as u64;
    CloneFlags::from_raw(match call {
        Call::Vfork => CloneFlags::CLONE_VFORK | CloneFlags::CLONE_VM | sigchld,
        Call::Clone => args[0] & 0xffff_ffff,
        Call::Clone3 => clone3_flags(stopped, args[0]).unwrap_or(sigchld),
        _ => sigchld,
    })
}

/// KERNEL: struct clone_args begins with flags, pidfd, child_tid, parent_tid, exit_signal (clone(2)).
#[inline(never)]
fn clone3_flags(stopped: &Stopped, address: u64) -> Option<u64> {
    let [flags, _, _, _, exit_signal]: [u64; CLONE_ARGS_WORDS] = stopped.words(address)?;
    Some(flags | exit_signal & 0xff)
}
