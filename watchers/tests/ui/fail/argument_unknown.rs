use watchers::{Task, task_watcher};

#[task_watcher(exec, priority = 1)]
fn watch(_: &Task) {}

fn main() {}
