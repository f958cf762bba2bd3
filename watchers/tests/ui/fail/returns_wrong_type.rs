use watchers::{Task, task_watcher};

#[task_watcher(init)]
fn watch(_: &Task) -> bool {
    true
}

fn main() {}
