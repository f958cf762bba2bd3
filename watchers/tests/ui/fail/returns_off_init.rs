use watchers::{Errno, Task, task_watcher};

#[task_watcher(exec)]
fn watch(_: &Task) -> Result<(), Errno> {
    Ok(())
}

fn main() {}
