use watchers::task_watcher;

struct Audit;

impl Audit {
    #[task_watcher(exec)]
    fn watch(&self) {}
}

fn main() {}
