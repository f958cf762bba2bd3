use watchers::{Task, task_watcher};

#[task_watcher(fork)]
fn watch(_: &Task) {}

fn main() {}
