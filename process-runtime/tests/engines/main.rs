//! Engines on single tasks: what they are told, in which order, and what their answers do. `rows.md` says which test is
//! of which row of utrace's tables.

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
mod events;
mod handlers;
mod holds;
mod interest;
mod inventions;
mod job_control;
mod order;
mod players;
mod random;
mod ready;
mod reaps;
mod replay;
mod rows;
mod scripted;
mod signals;
mod slow;
mod steps;
