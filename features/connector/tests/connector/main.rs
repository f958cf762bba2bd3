//! The row "process events connector" of the features of 2006: what a client of the kernel's format reads from us.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../../process-runtime/tests/support/mod.rs"]
mod support;

mod build;
mod client;
mod environment;
mod kernel;
mod pressure;
