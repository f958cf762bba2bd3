//! Starting commands: what they inherit, and what each failure says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod errors;
mod gate;
mod heritage;
mod privileges;
mod steps;
mod streams;
