use watchers::{Task, task_watcher};

#[task_watcher(init)]
fn watch(_: &Task) -> Result<(), std::io::Error> {
    Ok(())
}

fn main() {}
