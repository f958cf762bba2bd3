use watchers::{Task, task_watcher};

#[task_watcher(exec)]
fn watch(_: &mut Task) {}

fn main() {}
