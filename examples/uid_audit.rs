//! sudo cargo run --example uid_audit
//!
//! Tells who becomes whom: each change of user and group ids, and whoever gives up root or gets it.

#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use process_runtime::{Supervisor, TaskExt};
use watchers::{Event, Ids, Task, task_watcher};

/// One function for both events.
#[task_watcher(uid, gid)]
fn audit(task: &Task, event: Event<'_>) {
    let (what, old, new) = match event {
        Event::Uid(uid) => ("uid", uid.old, uid.new),
        Event::Gid(gid) => ("gid", gid.old, gid.new),
        _ => return,
    };
    let program = task.stopped().and_then(|stopped| stopped.exe()).unwrap_or_default();
    let remark = match (what, old.effective, new.effective) {
        ("uid", 0, 1..) => ", and gives up root",
        ("uid", 1.., 0) => ", AND BECOMES ROOT",
        _ => "",
    };
    eprintln!("{} sets its {what}s: {}{remark}", program.display(), difference(old, new));
}

fn difference(old: Ids, new: Ids) -> String {
    let pairs = [
        ("real", old.real, new.real),
        ("effective", old.effective, new.effective),
        ("saved", old.saved, new.saved),
        ("file system", old.fs, new.fs),
    ];
    let changed = pairs.iter().filter(|(_, old, new)| old != new);
    let changed: Vec<_> = changed.map(|(which, old, new)| format!("{which} {old} to {new}")).collect();
    if changed.is_empty() { "as they were".to_owned() } else { changed.join(", ") }
}

/// The program that is supervised if none is named: it runs another as the user 65534.
fn login() -> Result<(), Box<dyn Error>> {
    Command::new("true").uid(65534).gid(65534).status()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = env::args_os().skip(1);
    let command = match words.next() {
        Some(word) if word == "--login" => return login(),
        Some(program) => {
            let mut command = Command::new(program);
            command.args(words);
            command
        }
        None => {
            let mut command = Command::new(env::current_exe()?);
            command.arg("--login");
            command
        }
    };
    if fs::metadata("/proc/self")?.uid() != 0 {
        eprintln!("uid_audit: only root can change its ids, and you are not: nothing to see here");
        return Ok(());
    }
    Supervisor::builder().run(command)?;
    Ok(())
}
