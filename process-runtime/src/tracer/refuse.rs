//! Stage 4 for a fork that a watcher refuses: the call makes nobody and returns the errno.
//!
//! At a stop of our filter the call is simply skipped. At a system-call stop the task's filters come afterwards, and would
//! judge a call of number -1, which a list of what is allowed does not have; so the call is made, but such that the kernel
//! refuses it, and its result is replaced.
//!
//! KERNEL: the stop at a call's entry comes before its filters are run (kernel/entry/common.c `syscall_trace_enter`); a call
//! that is skipped at a filter's stop is not shown to the filters again (kernel/seccomp.c `__seccomp_filter`).

use watchers::Errno;

use super::Tracer;
use crate::arch;
use crate::resume::Action;
use crate::syscall::{Call, Entry};
use crate::task::{Pending, StoppedBy};
use crate::tracee::Stopped;

impl Tracer {
    /// Has the call fail with `errno`. How the task goes on.
    #[cold]
    pub(super) fn refuse(
        &mut self,
        stopped: &Stopped,
        entry: &Entry,
        call: Call,
        stopped_by: StoppedBy,
        errno: Errno,
    ) -> Action {
        if stopped_by == StoppedBy::OurFilter {
            let _ = stopped.skip_call(errno);
            return Action::Continue(None);
        }
        // ESRCH: it was killed meanwhile.
        let Ok(home) = stopped.registers() else { return Action::Continue(None) };
        let _ = stopped.set_registers(&arch::made_invalid(&home, entry.audit_arch, call));
        if let Some(record) = self.record(stopped) {
            record.pending = Pending::Refused { home: Box::new(home), errno };
        }
        Action::ToSyscallStop(None)
    }
}

/// The kernel, or a filter, has refused the call.
#[cold]
pub(super) fn leave_refused(stopped: &Stopped, home: &arch::Registers, errno: Errno) {
    let answered = |now| arch::with_result(&arch::as_called(&now, home), -i64::from(errno.as_raw()));
    let _ = stopped.registers().and_then(|now| stopped.set_registers(&answered(now)));
}
