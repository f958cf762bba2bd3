//! What the benches share: how to measure, and how to say what was found.
//!
//! Each file under `benches/` asks one question and measures its baseline in the same run, in turns; everything runs
//! on one CPU. The supervisor that is measured is the program [`SUPERVISE`](program::Workshop::supervisor); tracees,
//! and the tracer that it is compared with, are small C files, compiled when they are needed.
//!
//! | module | |
//! |---|---|
//! | [`effort`] | quick or full |
//! | [`machine`] | which machine this is; its last CPU for us |
//! | [`program`] | the programs that are measured |
//! | [`cost`] | what running a command takes |
//! | [`samples`] | minimum and median, taken in turns |
//! | [`table`] | aligned columns, and budgets |

pub mod cost;
pub mod effort;
pub mod machine;
pub mod program;
pub mod samples;
pub mod table;

/// What a bench's parts return: any error ends it, with its text.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
