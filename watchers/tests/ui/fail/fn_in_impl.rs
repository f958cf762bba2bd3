use watchers::{Task, task_watcher};

struct Audit;

impl Audit {
    #[task_watcher(exec)]
    fn watch(_: &Task) {}
}

fn main() {}
