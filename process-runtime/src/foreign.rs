//! What a supervising command does besides: reaping orphans that are no task of any supervisor, as PID 1 or
//! a subreaper, and stopping with its job.

use watchers::{ExitStatus, Pid, Signal, Tid};

use crate::proc::{self, Status};
use crate::sys::{signal, wait};

/// Reaps the dead among the untraced children that the process's main thread has, and says who they were.
/// Does not block.
///
/// A process that is PID 1 or a subreaper (`PR_SET_CHILD_SUBREAPER`) inherits orphans, and must wait for
/// them. It cannot use `waitpid(-1, …)`: that would take the stops of a supervisor's tasks. Call this when
/// SIGCHLD comes. A child that the host made on its main thread counts as foreign: its status is in the
/// answer.
///
/// Needs the kernel's list of children (CONFIG_PROC_CHILDREN); without it the answer is empty.
#[doc(alias = "PR_SET_CHILD_SUBREAPER")]
pub fn reap_foreign() -> Vec<(Pid, ExitStatus)> {
    let Some(me) = Pid::from_raw(rustix::process::getpid().as_raw_nonzero().get()) else { return Vec::new() };
    let Some(main) = Tid::from_raw(me.as_raw()) else { return Vec::new() };
    // KERNEL: orphans are handed to the first thread of the reaper, which is its main thread as long as that
    // lives (kernel/exit.c `find_alive_thread`).
    let children = proc::children(me, main).into_iter();
    let untraced = children.filter(|tid| Status::read(*tid).is_some_and(|status| !status.is_traced()));
    untraced.filter_map(reap).collect()
}

fn reap(child: Tid) -> Option<(Pid, ExitStatus)> {
    let pid = Pid::from_raw(child.as_raw())?;
    let status = wait::poll_one(child).ok().flatten()?;
    Some((pid, ExitStatus::from_raw(status)))
}

/// Stops this process as SIGTSTP does by default, whatever handles that signal here; returns after SIGCONT.
///
/// For a command that supervises another in the foreground: whoever waits for it sees the stop that Ctrl-Z
/// makes. In an orphaned process group the kernel drops the signal, and nothing stops.
#[doc(alias = "SIGTSTP")]
pub fn stop_with_the_job() {
    signal::stop_by(Signal::SIGTSTP);
}
