//! What a call does to the task's registers and memory: nothing.

use std::sync::{Arc, Mutex};

use process_runtime::{CallError, Inspect, TaskExt};
use watchers::{Errno, Event, EventKind, EventSet, Task};

use super::support::{Mode, run_with, tracee};

/// The stack around its end, and the registers, in a form that can be compared.
fn look(stopped: &Inspect<'_>) -> (Vec<u8>, String) {
    let registers = stopped.registers().unwrap();
    let mut stack = vec![0; 8192];
    let read = stopped.read(registers.rsp - 4096, &mut stack).unwrap();
    stack.truncate(read);
    (stack, format!("{registers:x?}"))
}

/// Threads and vfork children share the memory with tasks that will look at it.
#[test]
fn is_as_before_after_a_call() {
    for mode in Mode::ALL {
        let differences = Arc::new(Mutex::new(Vec::new()));
        let found = differences.clone();
        let builder = mode.builder().observe(EventSet::ALL, move |task: &Task, event: Event<'_>, _| {
            let subject = if event.kind() == EventKind::Init { task.parent() } else { None };
            let Some(stopped) = subject.as_deref().unwrap_or(task).stopped() else { return };
            if event.kind() == EventKind::Exec {
                // An exec has its result once it has ended.
                stopped.call(libc::SYS_getpid, [0; 6]).unwrap();
            }
            let before = look(&stopped);
            let mut name = [0; 390];
            let answer = stopped.call_with(libc::SYS_uname, &mut name, |address| [address, 0, 0, 0, 0, 0]);
            let expected = if event.kind() == EventKind::Exit { Err(CallError::Dying) } else { Ok(0) };
            let is_linux = expected.is_err() || name.starts_with(b"Linux\0");
            if answer != expected || !is_linux || look(&stopped) != before {
                found.lock().unwrap().push((event.kind(), answer, before, look(&stopped)));
            }
        });
        run_with(builder, tracee("makers"));
        assert_eq!(*differences.lock().unwrap(), [], "{mode:?}");
    }
}

#[test]
fn is_lent_within_bounds() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    let builder = Mode::Filter.builder().observe(EventKind::Exec, move |task: &Task, _, _| {
        let stopped = task.stopped().unwrap();
        let of = |length: usize, pointer: fn(u64) -> u64| {
            let args = move |address| [pointer(address), 0, 0, 0, 0, 0];
            stopped.call_with(libc::SYS_uname, &mut vec![7; length], args)
        };
        *told.lock().unwrap() =
            vec![of(2048, |at| at), of(2049, |at| at), of(390, |_| 8), of(0, |_| 8), of(390, |at| at & 63)];
    });
    run_with(builder, tracee("fork"));
    let fault = Err(CallError::Failed(Errno::EFAULT));
    let expected = [Ok(0), Err(CallError::Memory(Errno::EFAULT)), fault, fault, fault];
    assert_eq!(*seen.lock().unwrap(), expected);
}
