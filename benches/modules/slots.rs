//! A module with sixteen values for each task, and a watcher that is never called.
#![forbid(unsafe_code)]

use std::cell::Cell;

use watchers::{Task, task_data, task_watcher};

task_data! {
    static S00: Cell<u64> = |_, _| Cell::new(0);
    static S01: Cell<u64> = |_, _| Cell::new(1);
    static S02: Cell<u64> = |_, _| Cell::new(2);
    static S03: Cell<u64> = |_, _| Cell::new(3);
    static S04: Cell<u64> = |_, _| Cell::new(4);
    static S05: Cell<u64> = |_, _| Cell::new(5);
    static S06: Cell<u64> = |_, _| Cell::new(6);
    static S07: Cell<u64> = |_, _| Cell::new(7);
    static S08: Cell<u64> = |_, _| Cell::new(8);
    static S09: Cell<u64> = |_, _| Cell::new(9);
    static S10: Cell<u64> = |_, _| Cell::new(10);
    static S11: Cell<u64> = |_, _| Cell::new(11);
    static S12: Cell<u64> = |_, _| Cell::new(12);
    static S13: Cell<u64> = |_, _| Cell::new(13);
    static S14: Cell<u64> = |_, _| Cell::new(14);
    static S15: Cell<u64> = |_, _| Cell::new(15);
}

/// Only for tasks that a supervisor attaches to.
#[task_watcher(found)]
fn sum(task: &Task) {
    let all =
        [&S00, &S01, &S02, &S03, &S04, &S05, &S06, &S07, &S08, &S09, &S10, &S11, &S12, &S13, &S14, &S15];
    let sum = all.iter().map(|value| value.get(task).get()).sum();
    S00.get(task).set(sum);
}
