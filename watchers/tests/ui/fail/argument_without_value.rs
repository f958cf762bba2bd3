use watchers::{Task, task_watcher};

#[task_watcher(exec, order)]
fn watch(_: &Task) {}

fn main() {}
