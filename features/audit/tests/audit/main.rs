//! The row "audit" of the features of 2006: who ran what as whom, and how it ended, whatever happens.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../../process-runtime/tests/support/mod.rs"]
mod support;

mod disk;
mod entries;
mod records;
