//! The front: supervisors, handles, children, observers, panics.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod aside;
mod child;
mod closing;
mod data;
mod inspect;
mod job;
mod many;
mod panics;
mod within;
