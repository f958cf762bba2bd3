use watchers::{ExecEvent, Task, task_watcher};

#[task_watcher(exec, exit)]
fn watch(_: &Task, _: &ExecEvent) {}

fn main() {}
