//! The supervisor that is measured: `supervise nothing|everything|observers|engines=N|holds COMMAND [ARG]...`
//!
//! `nothing`: the table is empty. `everything`: a watcher that does nothing is called for each event.
//! `observers`: nobody is linked in, but an observer listens to each event.
//! `engines=N`: every system call stops at both ends, and N engines that do nothing are told of it. `holds`: the same, and
//! the one engine stops the task at each entry and lets it go.

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};

use process_runtime::{
    Attach, Builder, Engine, EngineEvents, Report, ResumeAction, Supervisor, Syscall, SyscallAnswer, TaskExt,
};
use watchers::{Event, EventKind, EventSet, Task, task_watcher};

#[task_watcher(init, clone, exec, uid, gid, exit, free, found, creds, group_dead)]
fn idler(_task: &Task, _event: Event<'_>) {}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = env::args_os().skip(1);
    let interest = words.next().ok_or("supervise nothing|everything|observers COMMAND")?;
    let mut command = Command::new(words.next().ok_or("a command is missing")?);
    command.args(words);
    let status = builder(&interest.to_string_lossy())?.run(command)?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Is told of system calls.
struct Idle(Hold);

/// Whether an engine stops its task.
#[derive(Clone, Copy)]
enum Hold {
    Never,
    AtEntries,
}

impl Engine for Idle {
    fn events(&self) -> EngineEvents {
        EngineEvents::SYSCALLS
    }

    fn report_syscall_entry(&mut self, at: &mut Report<'_>, _: &Syscall) -> SyscallAnswer {
        match self.0 {
            Hold::Never => SyscallAnswer::RUN,
            Hold::AtEntries => {
                at.hold().release();
                ResumeAction::Stop.into()
            }
        }
    }
}

/// They are attached to the first task that executes.
fn with_engines(builder: Builder, mut n_engines: usize, hold: Hold) -> Builder {
    builder.without("idler").without_filter().observe(EventKind::Exec, move |task, _, _| {
        for _ in 0..std::mem::take(&mut n_engines) {
            // The task is stopped, and the engines are shared.
            let _ = task.attach(Idle(hold), Attach::Shared);
        }
    })
}

fn builder(interest: &str) -> Result<Builder, String> {
    let builder = Supervisor::builder();
    if let Some(number) = interest.strip_prefix("engines=") {
        let number = number.parse().map_err(|_| format!("no number: {number}"))?;
        return Ok(with_engines(builder, number, Hold::Never));
    }
    if interest == "holds" {
        return Ok(with_engines(builder, 1, Hold::AtEntries));
    }
    match interest {
        "nothing" => Ok(builder.without("idler")),
        "everything" => Ok(builder),
        "observers" => Ok(builder.without("idler").observe(EventSet::ALL, |_, _, _| {})),
        other => Err(format!("no such interest: {other}")),
    }
}
