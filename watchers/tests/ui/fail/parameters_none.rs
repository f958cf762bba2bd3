use watchers::task_watcher;

#[task_watcher(exec)]
fn watch() {}

fn main() {}
