//! The events of ordinary lives, each a whole trace.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod ends;
mod exec;
mod fork;
mod groups;
mod plan;
mod threads;
