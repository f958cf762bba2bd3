//! The supervisor that is measured: `supervise nothing|everything|observers|veto COMMAND [ARG]...`
//!
//! `nothing`: the table is empty. `everything`: a watcher that does nothing is called for each event.
//! `observers`: nobody is linked in, but an observer listens to each event. `veto`: a watcher refuses every fork.

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};

use process_runtime::{Builder, Supervisor};
use watchers::{Errno, Event, EventSet, Task, task_watcher};

#[task_watcher(init, clone, exec, uid, gid, exit, free, found, creds, group_dead)]
fn idler(_task: &Task, _event: Event<'_>) {}

#[task_watcher(init)]
fn refuser(task: &Task) -> Result<(), Errno> {
    if task.parent().is_some() { Err(Errno::EAGAIN) } else { Ok(()) }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = env::args_os().skip(1);
    let interest = words.next().ok_or("supervise nothing|everything|observers|veto COMMAND")?;
    let mut command = Command::new(words.next().ok_or("a command is missing")?);
    command.args(words);
    let status = builder(&interest.to_string_lossy())?.run(command)?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn builder(interest: &str) -> Result<Builder, String> {
    let builder = Supervisor::builder();
    if interest == "veto" {
        return Ok(builder.without("idler"));
    }
    let builder = builder.without("refuser");
    match interest {
        "nothing" => Ok(builder.without("idler")),
        "everything" => Ok(builder),
        "observers" => Ok(builder.without("idler").observe(EventSet::ALL, |_, _, _| {})),
        other => Err(format!("no such interest: {other}")),
    }
}
