use watchers::{Task, task_watcher};

#[task_watcher(exec)]
extern "C" fn watch(_: &Task) {}

fn main() {}
