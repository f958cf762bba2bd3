use watchers::{Task, task_watcher};

#[task_watcher]
fn watch(_: &Task) {}

fn main() {}
