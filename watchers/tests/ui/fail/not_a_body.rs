use watchers::{Task, task_watcher};

trait Watch {
    #[task_watcher(exec)]
    fn watch(_: &Task);
}

fn main() {}
