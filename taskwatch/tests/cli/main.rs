//! The command as its users meet it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod attach;
mod inherit;
mod limits;
mod list;
mod module;
mod output;
mod pid_one;
mod signals;
mod skips;
mod status;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod text;
mod wait;
