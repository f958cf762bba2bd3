//! Init watchers that refuse: no child is made, the caller sees the errno, `free` follows, the walk goes on
//! or ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod attached;
mod failing;
mod refusals;
mod watching;
