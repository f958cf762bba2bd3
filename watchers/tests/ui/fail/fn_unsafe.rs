use watchers::{Task, task_watcher};

#[task_watcher(exec)]
unsafe fn watch(_: &Task) {}

fn main() {}
