use watchers::task_watcher;

#[task_watcher(exec)]
fn watch(_: &impl Sized) {}

fn main() {}
