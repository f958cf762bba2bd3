//! Requests for tasks that have a say in SIGTRAP themselves: they get theirs, and none of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use process_runtime::{NotifyBy, Resumption, Supervisor};

use super::subject::Subject;

const REQUESTS: u64 = 4_000;

/// What the program has to say after so many requests, all of which are served.
fn after_many_requests(what: &str, means: NotifyBy) -> String {
    let mut subject = Subject::without_recorder(Supervisor::builder().notify_by(means), "traps", &[what]);
    subject.expect("ready");
    let served = Arc::new(AtomicU64::new(0));
    let mut taken = 0;
    while taken < REQUESTS {
        let tasks = subject.session.supervisor.tasks().unwrap();
        assert!(!tasks.is_empty(), "{what} {means:?}: it was killed");
        for task in tasks {
            let served = served.clone();
            let work = move |_: &mut Resumption<'_>| {
                served.fetch_add(1, Ordering::Relaxed);
            };
            taken += u64::from(subject.session.supervisor.handle().notify_resume(task.id, work).is_ok());
        }
    }
    subject.end_input();
    let line = subject.line();
    subject.finish();
    assert_eq!(served.load(Ordering::Relaxed), taken, "{what} {means:?}");
    line
}

const MEANS: [NotifyBy; 3] = [NotifyBy::ReturnPoints, NotifyBy::Interruption, NotifyBy::SyscallStops];

/// The SIGTRAPs of a program that steps itself are its own.
#[test]
fn of_a_program_that_steps_itself() {
    for means in MEANS {
        assert_eq!(after_many_requests("steps", means), "steps: 0 odd", "{means:?}");
    }
}

/// A task whose signals come first makes a step, whose SIGTRAP another stop may precede.
#[test]
fn of_a_step_that_is_ours() {
    for means in MEANS {
        assert_eq!(after_many_requests("waits", means), "waits: 0 odd, 0 traps", "{means:?}");
    }
}

/// The instruction that a task would be stepped over may be a call that blocks SIGTRAP: a thread that ends makes one.
#[test]
fn of_a_task_that_comes_to_block_it() {
    for means in MEANS {
        let said = after_many_requests("comes to block", means);
        assert_eq!(said, "comes to block: 0 odd, 0 traps", "{means:?}");
    }
}

/// KERNEL: a step takes the handler of a blocked SIGTRAP away, as a trap does.
#[test]
fn of_a_task_that_blocks_it() {
    for means in MEANS {
        assert_eq!(after_many_requests("blocks", means), "blocks: 0 odd, 0 traps", "{means:?}");
    }
}
