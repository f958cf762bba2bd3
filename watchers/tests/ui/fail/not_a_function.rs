use watchers::task_watcher;

#[task_watcher(exec)]
struct Watch;

fn main() {}
