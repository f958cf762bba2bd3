//! The row "process keys" of the features of 2006: secrets go where the kernel's own keys go, and are wiped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../../process-runtime/tests/support/mod.rs"]
mod support;

mod kernel;
mod wiped;
