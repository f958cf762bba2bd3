use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn watch<const N: usize>(_: &Task) {}

fn main() {}
