use watchers::{Task, Verdict, task_watcher};

#[task_watcher(init, free)]
fn watch(_: &Task) -> Verdict {
    Verdict::GO
}

fn main() {}
