//! cargo run --example from_tokio
//!
//! Waits for supervised commands in an async program, each with a time limit of its own.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io;
use std::os::fd::AsFd;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use process_runtime::{Child, Handle, Supervisor};
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;
use watchers::EventKind;

/// Waits for the command without blocking the thread: a `Child` is readable once it has ended.
#[allow(deprecated, reason = "an OwnedFd keeps the promise that the unsafe AsyncFd::register asks for")]
async fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let ended = AsyncFd::new(child.as_fd().try_clone_to_owned()?)?;
    loop {
        let mut readable = ended.readable().await?;
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        readable.clear_ready();
    }
}

/// Runs `sleep SECONDS`, for half a second at most.
async fn sleep(supervisor: Handle, seconds: &'static str) -> io::Result<()> {
    let mut command = Command::new("sleep");
    command.arg(seconds);
    let mut child = supervisor.spawn(command)?;

    match timeout(Duration::from_millis(500), wait(&mut child)).await {
        Ok(status) => eprintln!("sleep {seconds}: {}", status?),
        Err(_elapsed) => {
            child.kill()?;
            eprintln!("sleep {seconds}: took too long, {}", wait(&mut child).await?);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let supervisor = Supervisor::builder()
        .observe(EventKind::Exec, |task, _event, _outcome| eprintln!("task {} runs a program", task.id()))
        .start()?;

    let sleepers = ["0.1", "100"].map(|seconds| runtime.spawn(sleep(supervisor.handle(), seconds)));
    for sleeper in sleepers {
        runtime.block_on(sleeper)??;
    }
    supervisor.finish()?;
    Ok(())
}
