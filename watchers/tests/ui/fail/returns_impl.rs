use watchers::{IntoVerdict, Task, task_watcher};

#[task_watcher(init)]
fn watch(_: &Task) -> impl IntoVerdict {}

fn main() {}
