//! Text that is compared line by line and shown as text when it differs.

use std::fmt;

/// Lines without indentation; `Debug` shows them as they are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Lines(pub(crate) Vec<String>);

/// The lines of `text`, trimmed, without empty ones.
pub(crate) fn lines(text: impl AsRef<str>) -> Lines {
    let trimmed = text.as_ref().lines().map(str::trim).filter(|line| !line.is_empty());
    Lines(trimmed.map(str::to_owned).collect())
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n    {}\n", self.0.join("\n    "))
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}
