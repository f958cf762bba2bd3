//! Engines on single tasks: what they are told, in which order, and what their answers do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod births;
mod calls;
mod codes;
mod deliveries;
mod ends;
mod holds;
mod interest;
mod job_control;
mod order;
mod random;
mod ready;
mod reaps;
mod scripted;
mod signals;
mod slow;
mod steps;
