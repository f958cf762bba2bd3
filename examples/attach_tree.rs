//! cargo run --example attach_tree
//!
//! A shell and its child run already. A supervisor is attached to them: it sees who is there, and what they do from then on. Then it
//! lets them go, and they end by themselves, to their own parent.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use process_runtime::Supervisor;
use watchers::{Event, EventKind, EventSet, Pid, Task};

/// Has a child, which is `sleep` by the time that it says so; runs a program when it may, and ends when it may.
const SCRIPT: &str = "sleep 1000 & until grep -q sleep /proc/$!/comm; do :; done; \
                      echo ready; read go; ls /; read go; kill $!; exit 3";

/// What a process runs, as it says itself.
fn command_line(task: &Task) -> String {
    let path = format!("/proc/{}/cmdline", task.pid().map_or(0, Pid::as_raw));
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).trim_end_matches('\0').replace('\0', " ")
}

/// How deep a task is below the one that was attached to.
fn depth(task: &Task) -> usize {
    std::iter::successors(task.parent(), |parent| parent.parent()).count()
}

/// Shows what happens, and says when a program has ended.
fn show(task: &Task, event: Event<'_>, ended: &Sender<()>) {
    let indent = "  ".repeat(depth(task));
    match event {
        Event::Found(_) => eprintln!("{indent}found: {}", command_line(task)),
        Event::Clone(_) => eprintln!("{indent}is made: a copy of its parent"),
        Event::Exec(_) => eprintln!("{indent}runs: {}", command_line(task)),
        Event::Exit(exit) => {
            eprintln!("{indent}ends: {}", exit.status);
            // Whoever waits for it may be gone.
            let _ = ended.send(());
        }
        _ => {}
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut shell = shell.spawn()?;
    let mut lines = BufReader::new(shell.stdout.take().ok_or("no output")?).lines();
    let mut input = shell.stdin.take().ok_or("no input")?;
    lines.next().ok_or("the shell says nothing")??;

    let pid = i32::try_from(shell.id()).ok().and_then(Pid::from_raw).ok_or("no pid")?;
    let (ended, has_ended) = channel();
    let events = EventSet::of([EventKind::Found, EventKind::Clone, EventKind::Exec, EventKind::Exit]);
    let attachment = Supervisor::builder()
        .observe(events, move |task, event, _outcome| show(task, event, &ended))
        .attach(pid)?;
    eprintln!("attached to {} tasks", attachment.tasks()?.len());

    writeln!(input, "go")?;
    has_ended.recv()?;
    // Nobody may wait for the shell before that: the attachment would miss what our wait takes.
    attachment.let_go();
    eprintln!("let go");

    writeln!(input, "go")?;
    eprintln!("sh ended with {}", shell.wait()?);
    Ok(())
}
