use watchers::{ExecEvent, task_watcher};

#[task_watcher(exec)]
fn watch(_: &ExecEvent) {}

fn main() {}
