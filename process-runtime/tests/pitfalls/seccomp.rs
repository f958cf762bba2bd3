//! Tracees with filters of their own.

use super::same_with_and_without;
use super::support::{Mode, lines, plain, run, tracee};

/// RET_TRACE means ENOSYS where there is no tracer, and so it must under us, whatever its data is.
#[test]
fn a_filter_that_asks_for_a_tracer() {
    for data in ["0", "1", "2", "0x7fff", "0xffff"] {
        for (mode, run) in same_with_and_without("ownfilter", &["trace", data]) {
            assert_eq!((run.trace.count("clone"), run.trace.count("uid")), (4, 0), "{mode:?} {data}");
        }
    }
}

#[test]
fn a_filter_that_answers_raises_or_kills() {
    for action in ["errno", "trap", "kill-thread", "kill"] {
        for (mode, run) in same_with_and_without("ownfilter", &[action]) {
            assert_eq!((run.trace.count("clone"), run.trace.count("uid")), (4, 0), "{mode:?} {action}");
        }
    }
}

/// USER_NOTIF outranks our filter: no stop before the fork, so `init` comes late; the change of ids that the
/// listener lets through is seen all the same, and its lie about another is not.
#[test]
fn a_filter_with_a_listener() {
    for (mode, run) in same_with_and_without("usernotif", &[]) {
        let late = if mode == Mode::Filter { " late" } else { "" };
        let id = rustix::process::getuid().as_raw();
        let saved = if id == 0 { 777 } else { id };
        let expected = lines(format!(
            "init 1
            clone 1
            exec 1 usernotif
            exit 1 code 0
            free 1 code 0
            init 1>2 CLONE_VM|CLONE_THREAD
            clone 1>2
            uid 2 {id},{id},{id},{id}>{id},{id},{saved},{id}
            exit 2 code 0
            free 2 code 0
            init 2>3 SIGCHLD{late}
            clone 2>3
            exit 3 code 5
            free 3 code 5"
        ));
        assert_eq!(run.trace.by_task(), expected, "{mode:?}");
    }
}

/// Strict mode cannot be had under a filter: EINVAL, and a notice. System-call stops leave it possible.
#[test]
fn strict_mode() {
    let filtered = run(Mode::Filter, tracee("strict"));
    let told: Vec<bool> = filtered.notices.iter().map(|notice| notice.contains("strict seccomp")).collect();
    assert_eq!((filtered.verdict.stdout, told), (lines("strict: EINVAL\ncode 4"), vec![true]));

    let stopped = run(Mode::SyscallStops, tracee("strict"));
    assert_eq!((stopped.verdict, stopped.notices.len()), (plain(tracee("strict")), 0));
}
