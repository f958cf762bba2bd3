use watchers::{Task, task_watcher};

#[task_watcher(exec)]
async fn watch(_: &Task) {}

fn main() {}
