//! A program does under supervision what it does without: the same output, the same end.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod jobs;
mod languages;
mod programs;
#[path = "../support/mod.rs"]
mod support;
mod tools;

use std::{
    ffi::OsStr,
    process::{Command, Output},
};
use support::{fresh, run, run::text};

/// Runs a command with us and without, changed alike, and compares all that is to be seen.
#[track_caller]
fn same_with(program: impl AsRef<OsStr>, arguments: &[&str], change: impl Fn(&mut Command)) -> Output {
    let mut plain = fresh(program.as_ref());
    let mut ours = fresh(env!("CARGO_BIN_EXE_taskwatch"));
    ours.args(["-qq", "--"]).arg(program.as_ref());
    let [plain, ours] = [&mut plain, &mut ours].map(|command| {
        command.args(arguments);
        change(command);
        run(command)
    });
    let what = format!("{} {arguments:?}", program.as_ref().display());
    assert_eq!(text(&ours.stdout), text(&plain.stdout), "{what}: stdout (ours, plain)");
    assert_eq!(text(&ours.stderr), text(&plain.stderr), "{what}: stderr (ours, plain)");
    assert_eq!(ours.status, plain.status, "{what}: status (ours, plain)");
    ours
}

#[track_caller]
fn same(program: impl AsRef<OsStr>, arguments: &[&str]) -> Output {
    same_with(program, arguments, |_| ())
}
