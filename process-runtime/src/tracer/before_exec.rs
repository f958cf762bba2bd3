//! Stage 4 for a command between its gate and its exec: it is followed call by call, so that an exec that fails
//! is told from what else std, or a signal handler of the host, does there.

use watchers::Errno;

use super::Tracer;
use crate::resume::Action;
use crate::syscall::{Call, Entry};
use crate::tracee::Stopped;

/// How long std's word of a failed exec is: the errno, big-endian, and [`FOOTER`].
const REPORT: u64 = 8;
/// What that ends in (std's sys/process/unix/unix.rs, CLOEXEC_MSG_FOOTER).
const FOOTER: [u8; 4] = *b"NOEX";

impl Tracer {
    #[cold]
    pub(super) fn enter_before_exec(&mut self, stopped: &Stopped, entry: &Entry) -> Action {
        if let Some(errno) = reported_failure(stopped, entry)
            && let Some(record) = self.record(stopped)
        {
            record.root.progress.set_not_executed(errno);
            keep_from_std(stopped);
        }
        Action::ToSyscallStop(None)
    }
}

/// The report is not made, and std's child goes on to its end as if it had been. The caller hears of the errno
/// from us; std's parent side, which hears of nothing, takes the command for one that runs.
///
/// Else it would wait for the child, which it must not: with SIGCHLD ignored that wait fails, and std panics.
///
/// KERNEL: a wait for a pid sees the ptrace-stops of that task too when its tracer is another thread of the
/// waiting process (kernel/exit.c `wait_task_stopped`), so it would take our next stop for the child's death.
fn keep_from_std(stopped: &Stopped) {
    let _ = stopped.answer_call(REPORT as i64);
}

/// The errno that std is about to report, if this call does that. Not every failure is that of a call: an empty name is
/// refused by the C library, and a step of the caller's own may fail.
fn reported_failure(stopped: &Stopped, entry: &Entry) -> Option<Errno> {
    let [_, address, REPORT, ..] = entry.args else { return None };
    if entry.call() != Some(Call::Write) {
        return None;
    }
    let [word] = stopped.words(address)?;
    let [a, b, c, d, footer @ ..] = word.to_ne_bytes();
    (footer == FOOTER).then(|| Errno::from_raw(i32::from_be_bytes([a, b, c, d])))
}
