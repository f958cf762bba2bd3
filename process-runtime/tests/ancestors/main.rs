//! Task watchers v2, row by row: each event with its value, its task and its place, as the patch of 2006 had
//! them, or as `process_runtime::deviations` says that it is here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod ids;
mod multiplicity;
mod places;
