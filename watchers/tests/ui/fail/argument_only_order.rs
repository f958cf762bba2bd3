use watchers::{Task, task_watcher};

#[task_watcher(order = 1)]
fn watch(_: &Task) {}

fn main() {}
