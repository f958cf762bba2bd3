//! Finding and taking over tasks that are there already: what is asked of /proc, and what follows from it.
//!
//! `census` says who descends from whom, `doubt` whether a task may still be making a child that we do not see, `obstacle` why
//! somebody cannot be attached to. The search that uses them is `tracer/search.rs`, which has the whole story.

mod census;
mod doubt;
mod obstacle;

pub(crate) use census::{Census, Family};
pub(crate) use doubt::Doubts;
pub use obstacle::Obstacle;
pub(crate) use obstacle::obstacle;
