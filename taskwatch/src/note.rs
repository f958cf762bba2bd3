//! What `taskwatch` itself has to say: one line on stderr, `taskwatch: ...`.
//!
//! Does not: fail. Where stderr is closed or full there is nobody to tell.

use std::io::Write;

use crate::quote;

/// Says `text` on stderr, on one line, whatever bytes a tracee has brought into it.
pub(crate) fn say(text: &str) {
    let line = format!("taskwatch: {}\n", quote::plain(text));
    // One write: lines of the command do not get in between.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
