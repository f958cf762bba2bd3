//! cargo run --example exec_log -- sh -c 'ls | wc -l; cd /usr && env true; env false; exit 0'
//!
//! Logs every program that a command runs, with time and place, and every failure.

#![forbid(unsafe_code)]

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use process_runtime::Supervisor;
use watchers::{Event, EventKind, ExecEvent, Task};

/// An observer is a closure with state of its own: here, the clock and the directory that was last seen.
struct Log {
    start: Instant,
    directory: PathBuf,
}

impl Log {
    fn tell(&mut self, task: &Task, event: Event<'_>) {
        match event {
            Event::Exec(exec) => {
                self.follow(exec.cwd());
                self.line(task, &command_line(exec));
            }
            Event::Exit(exit) if exit.group_dead && !exit.status.success() => {
                self.line(task, &format!("ends: {}", exit.status));
            }
            _ => {}
        }
    }

    /// Says where the next programs run, when that is another place than before.
    fn follow(&mut self, directory: Option<PathBuf>) {
        if let Some(directory) = directory.filter(|directory| *directory != self.directory) {
            eprintln!("in {}", directory.display());
            self.directory = directory;
        }
    }

    fn line(&self, task: &Task, what: &str) {
        let pid = task.pid().map_or_else(|| "?".to_owned(), |pid| pid.to_string());
        eprintln!("{:8.3} s {pid:>8}  {what}", self.start.elapsed().as_secs_f64());
    }
}

/// The arguments; one with spaces in it, or an empty one, in quotes.
fn command_line(exec: &ExecEvent) -> String {
    let Some(words) = exec.argv() else { return "(arguments that may not be read)".to_owned() };
    let quote = |word: &str| {
        if word.is_empty() || word.contains(' ') { format!("{word:?}") } else { word.to_owned() }
    };
    words.iter().map(|word| quote(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn main() -> ExitCode {
    let mut words = env::args_os().skip(1);
    let mut command = Command::new(words.next().unwrap_or("ls".into()));
    command.args(words);

    let mut log = Log { start: Instant::now(), directory: PathBuf::new() };
    let ended = Supervisor::builder()
        .observe(EventKind::Exec | EventKind::Exit, move |task, event, _outcome| log.tell(task, event))
        .run(command);
    match ended {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("exec_log: failed to {error}");
            ExitCode::FAILURE
        }
    }
}
