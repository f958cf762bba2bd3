//! What an observer may see of a stopped task.

use std::sync::{Arc, Mutex};

use process_runtime::TaskExt;
use watchers::{Event, EventKind, EventSet};

use super::support::{Mode, run_with, tracee};

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
