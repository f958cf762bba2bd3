use watchers::{Task, task_watcher};

#[task_watcher(exec)]
#[task_watcher(exit, exec)]
fn watch(_: &Task) {}

fn main() {}
