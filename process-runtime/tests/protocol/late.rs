//! A birth that passed no INIT: it is told late, and what an INIT watcher answers then is no refusal.

use watchers::{Errno, Verdict};

use super::support::{Lines, Mode, lines, run_with, tracee};
use super::watching::answering_late;

/// KERNEL: a filter of the program's own that asks a listener outranks ours, so no stop comes for the fork
/// (seccomp(2), the precedence of actions).
#[test]
fn nobody_can_refuse_it() {
    let (deny, stop) = (Verdict::deny(Errno::EAGAIN), Verdict::stop(Errno::EPERM));
    for verdicts in [[deny, deny, deny], [Verdict::GO, stop, Verdict::GO]] {
        let (builder, watchers) = answering_late(Mode::Filter.builder(), verdicts);
        let run = run_with(builder, tracee("usernotif"));
        // 2 is the thread that forks.
        let heard = "abc init 3 SIGCHLD late
            abc clone 3 SIGCHLD
            abc exit 3 exit code 5
            abc free 3 exit code 5";
        assert_eq!(of_task_3(&watchers.trace()), lines(heard), "{verdicts:?}");
        let inits = run.trace.of_kind("init");
        assert_eq!(inits, lines("init 1\ninit 1>2 CLONE_VM|CLONE_THREAD\ninit 2>3 SIGCHLD late"));
    }
}

fn of_task_3(trace: &Lines) -> Lines {
    let is_of_it = |line: &&String| line.split(' ').nth(2) == Some("3");
    Lines(trace.0.iter().filter(is_of_it).cloned().collect())
}
