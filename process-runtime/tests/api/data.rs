//! What a supervisor is built with, selections, and data of tasks.

use std::cell::Cell;

use process_runtime::{ErrorKind, Supervisor};
use watchers::{CloneEvent, Task, task_data, task_watcher};

use super::support::{Mode, lines, run_with, tracee};

task_data! {
    static DEPTH: Cell<u32> = |_task, parent: Option<&Task>| Cell::new(parent.map_or(0, |parent| DEPTH.get(parent).get() + 1));
}

struct Depths(std::sync::mpsc::Sender<u32>);

#[task_watcher(clone)]
fn tells_depth(task: &Task, _clone: &CloneEvent) {
    if let Some(Depths(depths)) = task.data::<Depths>() {
        depths.send(DEPTH.get(task).get()).unwrap();
    }
}

#[test]
fn a_slot_is_made_from_the_creators() {
    let (send, depths) = std::sync::mpsc::channel();
    let run = run_with(Mode::Filter.builder().data(Depths(send)), tracee("orphan"));
    assert_eq!(run.verdict.status, "code 0");
    assert_eq!(depths.iter().collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn two_values_of_one_type() {
    let error = Supervisor::builder().data(1u8).data(2u8).start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
}

#[test]
fn a_name_that_matches_nothing_is_an_error_with_the_nearest() {
    for builder in [Supervisor::builder().without("tell_depth"), Supervisor::builder().only("tell_depth")] {
        let error = builder.start().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Selection);
        assert!(error.to_string().contains("tells_depth"), "{error}");
    }
}

#[test]
fn a_watcher_left_out_is_not_called() {
    for leave_out in [true, false] {
        let (send, depths) = std::sync::mpsc::channel();
        let builder = Mode::Filter.builder().data(Depths(send));
        let builder =
            if leave_out { builder.without("data::tells_depth") } else { builder.only("tells_depth") };
        let run = run_with(builder, tracee("fork"));
        assert_eq!(run.verdict.stdout, lines("code 0"));
        assert_eq!(depths.iter().count(), if leave_out { 0 } else { 2 });
    }
}

#[test]
fn reserved_events_change_nothing() {
    let run = run_with(Mode::Filter.builder().reserve(watchers::EventSet::ALL), tracee("makers"));
    assert_eq!(run.trace.count("clone"), 7);
}
