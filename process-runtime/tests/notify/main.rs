//! Work for a task's return to user mode: when it is done, and that the task does not notice.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod blocked;
mod passing;
mod peculiar;
mod rows;
mod storm;
mod subject;
mod traps;
