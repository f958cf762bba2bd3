//! cargo run --example linked_watchers -- sh -c 'ls | wc -l; env true'
//!
//! The whole `taskwatch` command, with the watchers of another crate linked in. `--list` shows them.

#![forbid(unsafe_code)]

use std::process::ExitCode;

// This line is all that it takes: the watchers of the crate are part of the program now.
use examples as _;

// And this one says so at start, and in a test, if the line above is ever lost.
watchers::expect!["examples"];

fn main() -> ExitCode {
    taskwatch::main()
}
