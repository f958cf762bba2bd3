//! A module with task data that nobody can find: a static that no table has.
#![forbid(unsafe_code)]

use watchers::{Task, TaskData, task_watcher};

static HIDDEN: TaskData<u32> = TaskData::new(|_task, _parent| 1);

#[task_watcher(exec)]
fn looks(task: &Task) {
    let _ = HIDDEN.get(task);
}
