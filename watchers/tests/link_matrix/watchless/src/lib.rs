//! A shared library without watchers.
#![forbid(unsafe_code)]

#[must_use]
pub fn answer() -> u32 {
    42
}
