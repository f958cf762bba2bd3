use watchers::{ExitEvent, Task, task_watcher};

#[task_watcher(exec)]
fn watch(_: &Task, _: &ExitEvent) {}

fn main() {}
