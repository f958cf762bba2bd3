//! The default report: at the end, the process tree.
//!
//! `grown.rs` is the report, `detail.rs` how much of it is shown; `forest.rs` remembers, `fold.rs` decides what is shown where, `label.rs` and `row.rs` make text of it.
//! Nothing here recurses: a chain of a hundred thousand forks is as good as any other tree.

mod detail;
mod fold;
mod forest;
mod grown;
mod label;
mod row;
#[cfg(test)]
mod tests;

pub(crate) use detail::Detail;
use detail::{Folding, Threads};
pub(crate) use grown::Tree;
