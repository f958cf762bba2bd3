use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn watch<T>(_: &Task) {}

fn main() {}
