//! The protocol of a fork that may fail: what each watcher is told, with which value, and in which order.
//!
//! One test for each row of the table that task watchers of 2006 kept, and then the whole of it in a storm.
//! Where we differ from them is in `process_runtime::deviations`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod data;
mod interrupted;
mod kernel;
mod late;
mod ledger;
mod refused;
mod shutdown;
mod storm;
mod success;
mod watching;
