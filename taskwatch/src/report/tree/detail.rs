//! How much of the tree is shown.

use crate::cli::Options;

/// How much of the tree is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Detail {
    pub(super) folding: Folding,
    pub(super) threads: Threads,
}

/// What happens to what is seldom worth a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Folding {
    /// Forks without exec become a count, their children are shown in their place; programs go by their last
    /// name, and lines end at the edge of the terminal.
    #[default]
    Folded,
    /// Everything has its line, whole, with its pid.
    Full,
}

/// How threads are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Threads {
    /// As a number.
    #[default]
    Counted,
    /// Each on a line.
    Shown,
}

impl Detail {
    /// What `options` ask for.
    pub(crate) fn of(options: &Options) -> Detail {
        Detail {
            folding: if options.verbose { Folding::Full } else { Folding::Folded },
            threads: if options.threads { Threads::Shown } else { Threads::Counted },
        }
    }
}
