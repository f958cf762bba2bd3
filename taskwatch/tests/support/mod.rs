//! What all tests of the command share: tracees, runs under a watchdog, the event stream, skips.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of this")]
#![allow(unreachable_pub, reason = "private to each test binary that includes it")]

pub mod directory;
pub mod pty;
pub mod run;
pub mod schema;
pub mod skip;
pub mod story;
pub mod stream;
pub mod tracees;

pub use directory::Directory;
pub use run::{fresh, run, taskwatch};
pub use tracees::tracee;
