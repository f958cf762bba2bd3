use watchers::{Task, task_watcher};

#[task_watcher(exec, order = -2147483649)]
fn watch(_: &Task) {}

fn main() {}
