//! [`Outcome`]: what the watchers of one event said, for a supervisor.

use crate::{Errno, Verdict, WatcherInfo};

/// What becomes of a task whose watcher panics.
///
/// Whatever it is, the panic is in [`Outcome::panics`], and the watchers behind are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PanicPolicy {
    /// Nothing more.
    #[default]
    Ignore,
    /// The watcher is not called any more, for none of its events.
    Disable,
    /// The fork is refused with `EPERM`. In the other events there is nothing to refuse.
    Deny,
    /// [`Outcome::fatal`] is true: the supervisor kills the tree.
    KillTree,
}

/// What the watchers of one event said.
///
/// Mostly nothing: then it is one word of zero, and making and dropping it costs as much as that.
#[derive(Debug, Default)]
#[must_use]
pub struct Outcome {
    said: Option<Box<Said>>,
}

#[derive(Debug, Default)]
struct Said {
    refusal: Option<Refusal>,
    panics: Vec<Panicked>,
    fatal: bool,
}

/// Who refused a fork, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// What the caller of fork(2) gets.
    pub errno: Errno,
    /// The watcher that said so first.
    pub watcher: &'static WatcherInfo,
}

/// A watcher that panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Panicked {
    /// The watcher.
    pub watcher: &'static WatcherInfo,
    /// What it panicked with.
    pub message: String,
}

impl Outcome {
    /// That of a walk on which something was said.
    pub(crate) fn new(refusal: Option<Refusal>, panics: Vec<Panicked>, fatal: bool) -> Self {
        Self { said: Some(Box::new(Said { refusal, panics, fatal })) }
    }

    /// The first refusal; only `init` has one, if it is not late.
    #[inline]
    pub fn refusal(&self) -> Option<Refusal> {
        self.said.as_ref()?.refusal
    }

    /// The watchers that panicked, in the order in which they were called.
    #[inline]
    pub fn panics(&self) -> &[Panicked] {
        self.said.as_ref().map_or(&[], |said| &said.panics)
    }

    /// Whether the task may be made.
    #[inline]
    pub fn verdict(&self) -> Verdict {
        self.refusal().map_or(Verdict::GO, |refusal| Verdict::deny(refusal.errno))
    }

    /// Whether a watcher has panicked under [`PanicPolicy::KillTree`].
    #[inline]
    pub fn fatal(&self) -> bool {
        self.said.as_ref().is_some_and(|said| said.fatal)
    }
}
