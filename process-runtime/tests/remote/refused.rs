//! Calls that are not made, or that the task's own filter refuses.

use std::fs;
use std::sync::{Arc, Mutex};

use process_runtime::{CallError, Inspect, TaskExt};
use watchers::{Errno, EventKind, Task};

use super::support::{Mode, lines, run_with, tracee};

fn attempts(stopped: &Inspect<'_>) -> Vec<Result<i64, CallError>> {
    let calls = [
        libc::SYS_getpgrp,
        libc::SYS_getppid,
        libc::SYS_getsid,
        libc::SYS_sched_get_priority_max,
        libc::SYS_fork,
    ];
    let mut answers: Vec<_> = calls.iter().map(|number| stopped.call(*number, [0; 6])).collect();
    answers.push(stopped.call(libc::SYS_close, [99, 0, 0, 0, 0, 0]));
    answers
}

/// What getsid(0) answers here: 0 where the session's leader is of another pid namespace, which `rustix` has no
/// value for.
fn session() -> i64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let behind_the_name = stat.rsplit_once(") ").unwrap().1;
    behind_the_name.split(' ').nth(3).unwrap().parse().unwrap()
}

/// The tracee refuses getpgrp by SIGSYS, getppid by an errno and getsid by a tracer that it has not; its own
/// handler of SIGSYS never hears of ours, and still hears of its own.
#[test]
fn by_filters_of_its_own() {
    for (mode, at) in
        Mode::ALL.into_iter().flat_map(|mode| [EventKind::Clone, EventKind::Init].map(|at| (mode, at)))
    {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = seen.clone();
        let builder = mode.builder().observe(at, move |task: &Task, _, _| {
            let Some(parent) = task.parent() else { return };
            let subject = if at == EventKind::Init { &parent } else { task };
            told.lock().unwrap().push(attempts(&subject.stopped().unwrap()));
        });
        let run = run_with(builder, tracee("refuses"));
        let session = session();
        // KERNEL: a call that a tracer has exchanged at a seccomp stop is shown to the filters again, and who
        // answers RET_TRACE then lets it pass (kernel/seccomp.c `__seccomp_filter`).
        let passes = (mode, at) == (Mode::Filter, EventKind::Init);
        let expected = vec![
            Err(CallError::Filtered),
            Err(CallError::Failed(Errno::ENOTEMPTY)),
            if passes { Ok(session) } else { Err(CallError::Failed(Errno::ENOSYS)) },
            Ok(0),
            Err(CallError::Unsuitable),
            Err(CallError::Failed(Errno::EBADF)),
        ];
        assert_eq!(*seen.lock().unwrap(), [expected], "{mode:?} {at}");
        assert_eq!(run.verdict.stdout, lines("child: handled 1\ncode 0\nhandled 1"), "{mode:?} {at}");
    }
}
