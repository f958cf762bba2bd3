//! What makes tracers wrong: one tracee for each surprise, run under both kinds of stops.
//!
//! Most tests compare what the program itself saw with what it sees without a supervisor; where an order of
//! events is the point, the whole trace.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod compat;
mod doorbell;
mod escape;
mod host;
mod kill_at;
mod namespaces;
mod parent_death;
mod restart;
mod reuse;
mod seccomp;
mod signals;
mod stops;
mod storms;

use support::{Mode, Run, plain, run, tracee};

/// Runs `name` with `args` under both kinds of stops, and says that the program saw what it sees unsupervised.
fn same_with_and_without(name: &str, args: &[&str]) -> Vec<(Mode, Run)> {
    let command = || {
        let mut command = tracee(name);
        command.args(args);
        command
    };
    let expected = plain(command());
    let runs = Mode::ALL.map(|mode| (mode, run(mode, command())));
    for (mode, run) in &runs {
        assert_eq!(run.verdict, expected, "{mode:?} {name} {args:?}\n{:?}", run.trace);
    }
    runs.into()
}
