use watchers::{Task, task_watcher};

#[task_watcher(exec, order = "first")]
fn watch(_: &Task) {}

fn main() {}
