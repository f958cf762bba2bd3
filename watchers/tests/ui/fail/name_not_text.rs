use watchers::{Task, task_watcher};

#[task_watcher(exec, name = 7)]
fn watch(_: &Task) {}

fn main() {}
