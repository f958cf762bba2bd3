use watchers::{Task, task_watcher};

#[task_watcher(exec, name = "two words")]
fn watch(_: &Task) {}

fn main() {}
