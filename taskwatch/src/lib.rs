//! `taskwatch`: runs a command, follows its whole process tree with ptrace(2), and tells what happened.
//!
//! The command is a library, so that your task watchers can be linked into it:
//!
//! ```no_run
//! // use my_watchers as _;
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     taskwatch::main()
//! }
//! ```
//!
//! The crate uses the public interface of `process_runtime` and `watchers`, and nothing else of them:
//!
//! ```text
//! cli ─▶ run ─▶ Supervisor ─ observers ─▶ recorder ─▶ ledger
//!         │                                  └──────▶ report (tree, log, jsonl) ─▶ output
//!         ├─ signals ─▶ forward ─▶ session
//!         └─ wait ─▶ exit
//! ```

#![forbid(unsafe_code)]

mod attached;
mod cli;
mod command_line;
mod exit;
mod failure;
mod forward;
mod jobs;
mod last_of_job;
mod ledger;
mod list;
mod manual;
mod max_tasks;
mod measure;
mod note;
mod orphans;
mod output;
mod quote;
mod recorder;
mod report;
mod run;
mod session;
mod signals;
mod style;
mod wait;
mod width;

use std::io::Write;
use std::process::ExitCode;

use cli::{Options, Request};
use exit::Ending;

pub use max_tasks::TaskLimit;

/// The whole command: reads the arguments of the process, does what they say, and returns what to exit with.
///
/// Ends the process itself where a signal killed the command: by the same signal.
pub fn main() -> ExitCode {
    let ending = match cli::parse(std::env::args_os().collect()) {
        Ok(Request::Options(options)) => obey(&options),
        Ok(Request::Manual) => print(|out| manual::page(out).map_err(|error| error.to_string())),
        Ok(Request::Completions(shell)) => {
            print(|out| manual::completions(shell, out).map_err(|error| error.to_string()))
        }
        Err(refusal) => explain(&refusal),
    };
    ending.conclude()
}

fn obey(options: &Options) -> Ending {
    match &options.list {
        Some(file) => print(|out| list::print(file.as_deref(), &options.module, options.format, out)),
        None => run::run(options),
    }
}

/// Prints on stdout what `write` writes.
fn print(write: impl FnOnce(&mut dyn Write) -> Result<(), String>) -> Ending {
    let mut out = std::io::stdout().lock();
    let written = write(&mut out);
    match written.and_then(|()| out.flush().map_err(|error| error.to_string())) {
        Ok(()) => Ending::Own(0),
        Err(sentence) => {
            note::say(&sentence);
            Ending::Own(exit::FAILED)
        }
    }
}

/// `--help` and `--version` are refusals to clap, and successes to everybody else.
fn explain(refusal: &clap::Error) -> Ending {
    if !refusal.use_stderr() {
        let printed = refusal.print();
        return Ending::Own(if printed.is_ok() { 0 } else { exit::FAILED });
    }
    // Clap repeats what was wrong as it was given; a terminal must not obey it.
    let text = refusal.render().to_string();
    for line in text.lines() {
        let _ = writeln!(std::io::stderr(), "{}", quote::plain(line));
    }
    Ending::Own(exit::FAILED)
}
