//! What an observer may see of a stopped task.

use std::cell::RefCell;
use std::ffi::OsString;
use std::process::Command;
use std::sync::{Arc, Mutex};

use process_runtime::TaskExt;
use watchers::{Event, EventKind, EventSet, ExecEvent};

use super::support::{Mode, run_with, tracee};

/// A copy of an event that is kept shows no other program, neither while that one's event is told nor afterwards.
#[test]
fn an_exec_that_was_kept_has_no_program() {
    thread_local! {
        // The tracer's: an event stays on the thread that tells it.
        static KEPT: RefCell<Vec<ExecEvent>> = const { RefCell::new(Vec::new()) };
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    let builder = Mode::Filter.builder().observe(EventKind::Exec | EventKind::Free, move |_, event, _| {
        KEPT.with_borrow_mut(|kept| {
            let now = if let Event::Exec(exec) = event { exec.path() } else { None };
            let then: Vec<_> = kept.iter().map(|kept| (kept.path(), kept.exe(), kept.argv())).collect();
            told.lock().unwrap().push((now, then));
            if let Event::Exec(exec) = event {
                kept.push(exec.clone());
            }
        });
    });
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "exec /bin/true"]);
    run_with(builder, command);
    let paths = [Some("/bin/sh"), Some("/bin/true"), None].map(|path| path.map(OsString::from));
    let expected = paths.into_iter().enumerate().map(|(n, path)| (path, vec![(None, None, None); n]));
    assert_eq!(*seen.lock().unwrap(), expected.collect::<Vec<_>>());
}

/// At every event but init, and those of who is gone, the task is there; in init its parent is.
#[test]
fn a_task_is_stopped_when_its_event_is_told() {
    for mode in Mode::ALL {
        let wrong = Arc::new(Mutex::new(Vec::new()));
        let told = wrong.clone();
        let builder = mode.builder().observe(EventSet::ALL, move |task, event, _| {
            let subject = match event {
                Event::Init(_) => task.parent(),
                _ => None,
            };
            let stopped = match &subject {
                Some(parent) => parent.stopped(),
                None => task.stopped(),
            };
            let registers = stopped.as_ref().map(|stopped| stopped.registers().is_ok());
            let expected = match event.kind() {
                EventKind::Free | EventKind::GroupDead => None,
                EventKind::Init if subject.is_none() => None,
                _ => Some(true),
            };
            if registers != expected {
                told.lock().unwrap().push((event.kind(), registers));
            }
        });
        run_with(builder, tracee("makers"));
        assert_eq!(*wrong.lock().unwrap(), [], "{mode:?}");
    }
}

#[test]
fn files_ids_times_and_memory() {
    let seen = Arc::new(Mutex::new(None));
    let told = seen.clone();
    let builder = Mode::Filter.builder().observe(EventKind::Exec, move |task, _, _| {
        let stopped = task.stopped().unwrap();
        let registers = stopped.registers().unwrap();
        // At the exec stop the stack pointer points to argc.
        let mut argc = [0; 8];
        let read = stopped.read(registers.rsp, &mut argc).unwrap();
        let nowhere = stopped.read(8, &mut [0; 1]).unwrap_err();
        let ids = task.credentials().unwrap();
        *told.lock().unwrap() = Some((
            (stopped.cwd(), stopped.exe(), stopped.environ().is_some()),
            (read, u64::from_ne_bytes(argc), nowhere),
            (ids.uid.effective, task.ppid().map(|pid| pid.as_raw().unsigned_abs()), task.times().is_some()),
        ));
    });
    let mut command = tracee("fork");
    let program = command.get_program().to_owned();
    command.args(["0", "1", "2"]).current_dir("/");
    run_with(builder, command);
    let expected = (
        (Some("/".into()), Some(program.into()), true),
        (8, 4, watchers::Errno::EFAULT),
        (rustix::process::geteuid().as_raw(), Some(std::process::id()), true),
    );
    assert_eq!(*seen.lock().unwrap(), Some(expected));
}
