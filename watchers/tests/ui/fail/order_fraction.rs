use watchers::{Task, task_watcher};

#[task_watcher(exec, order = 1.5)]
fn watch(_: &Task) {}

fn main() {}
