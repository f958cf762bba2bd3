use watchers::{Task, task_watcher};

#[task_watcher(exec, exit, exec)]
fn watch(_: &Task) {}

fn main() {}
