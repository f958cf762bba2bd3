use watchers::{ExecEvent, Task, task_watcher};

#[task_watcher(exec)]
fn watch(_: &Task, _: &ExecEvent, _: u32) {}

fn main() {}
