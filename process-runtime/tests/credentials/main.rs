//! uid, gid and creds events: every call, every thread, every kind of exec.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod calls;
mod creds;
mod set_id;
mod threads;

use support::{Lines, Run, lines};

/// The uid and gid lines of a trace, in order.
fn changes(run: &Run) -> Lines {
    let kept = run.trace.entries.iter().filter(|entry| entry.kind == "uid" || entry.kind == "gid");
    lines(kept.map(|entry| entry.text.clone()).collect::<Vec<_>>().join("\n"))
}
