//! System calls that stopped tasks make for a watcher, and tasks that do not notice.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod caller;
mod everywhere;
mod killed;
mod memory;
mod refused;
mod unnoticed;
