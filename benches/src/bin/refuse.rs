//! A supervisor with a watcher that refuses every fork: `refuse COMMAND [ARG]...`

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};

use process_runtime::Supervisor;
use watchers::{Errno, Task, task_watcher};

#[task_watcher(init)]
fn refuser(task: &Task) -> Result<(), Errno> {
    if task.parent().is_some() { Err(Errno::EAGAIN) } else { Ok(()) }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = env::args_os().skip(1);
    let mut command = Command::new(words.next().ok_or("refuse COMMAND")?);
    command.args(words);
    let status = Supervisor::builder().run(command)?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
