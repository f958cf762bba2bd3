//! Trees that were there before their supervisor: everybody is found, nobody notices, and they are let go as they were.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod calls;
mod cycles;
mod engines;
mod exec;
mod found;
mod going_on;
mod refused;
mod spawned;
mod work;
