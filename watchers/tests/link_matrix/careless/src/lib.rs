//! A module with task data that nobody can find: a static that no table has.
#![forbid(unsafe_code)]

use watchers::{Task, TaskData, task_watcher};

static HIDDEN: TaskData<u32> = TaskData::new(|_task, _parent| 1);

#[task_watcher(exec)]
fn looks(task: &Task) {
    let _ = HIDDEN.get(task);
}

static ALSO_HIDDEN: TaskData<u32> = TaskData::new(|_task, _parent| 2);

/// First of a task of the module's own, which it may have it for; that gives it a place among the module's own.
#[task_watcher(exit)]
fn looks_elsewhere(task: &Task) {
    assert_eq!(*ALSO_HIDDEN.get(&Task::builder().build()), 2);
    let _ = ALSO_HIDDEN.get(task);
}
