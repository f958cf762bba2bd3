use watchers::{ExecEvent, Task, task_watcher};

#[task_watcher(exec)]
fn watch(_: &Task, _: &mut ExecEvent) {}

fn main() {}
