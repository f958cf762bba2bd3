//! [`Verdict`]: what an `init` watcher says to a fork, and the kernel's encodings of it.
//!
//! Two encodings of 2006 are understood, because both were in use: that of task watchers v2 (a negative errno, and
//! nothing else counts) and that of v1, the notifier chains (`NOTIFY_STOP_MASK`).

use std::{fmt, ops::ControlFlow};

use crate::Errno;

/// What an `init` watcher says to the task that is about to be made.
///
/// | verdict | the fork | the other watchers | kernel's number |
/// |---|---|---|---|
/// | [`GO`](Self::GO) | goes on | are asked | 0 |
/// | [`deny(errno)`](Self::deny) | fails with the first refusal's errno | are asked | `-errno` (v2) |
/// | [`stop(errno)`](Self::stop) | fails likewise | are not asked | `NOTIFY_STOP_MASK \| (1 + errno)` (v1) |
///
/// A watcher may as well return `()`, `Result<(), Errno>` or `ControlFlow<Errno>`: see [`IntoVerdict`].
///
/// ```
/// use watchers::{Errno, Task, Verdict};
///
/// fn no_grandchildren(task: &Task) -> Verdict {
///     match task.parent().and_then(|parent| parent.parent_id()) {
///         Some(_) => Verdict::deny(Errno::EAGAIN),
///         None => Verdict::GO,
///     }
/// }
///
/// let root = Task::builder().build();
/// let child = Task::builder().parent(&root).build();
/// assert!(no_grandchildren(&child).is_go());
///
/// let grandchild = Task::builder().parent(&child).build();
/// assert_eq!(no_grandchildren(&grandchild).errno(), Some(Errno::EAGAIN));
/// ```
#[doc(alias = "NOTIFY_OK")]
#[doc(alias = "NOTIFY_DONE")]
#[doc(alias = "NOTIFY_BAD")]
#[doc(alias = "NOTIFY_STOP_MASK")]
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Verdict(Answer);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Answer {
    #[default]
    Go,
    Deny(Errno),
    Stop(Errno),
}

/// The bit of a notifier's answer that ends the walk: `include/linux/notifier.h`.
const NOTIFY_STOP_MASK: i32 = 0x8000;

impl Verdict {
    /// The fork may go on, as far as this watcher is concerned.
    pub const GO: Verdict = Verdict(Answer::Go);

    /// The fork fails with this errno, and the other watchers are still asked.
    ///
    /// An errno that no system call can return (outside of 1 to 4095) becomes `EPERM`: as a number it would be a
    /// fork that succeeds without a child.
    pub const fn deny(errno: Errno) -> Self {
        Self(Answer::Deny(returnable(errno)))
    }

    /// The fork fails with this errno, and no further watcher is asked.
    ///
    /// An errno that no system call can return becomes `EPERM`, as in [`deny`](Self::deny).
    pub const fn stop(errno: Errno) -> Self {
        Self(Answer::Stop(returnable(errno)))
    }

    /// The errno with which the fork fails; `None` if it may go on.
    pub const fn errno(self) -> Option<Errno> {
        match self.0 {
            Answer::Go => None,
            Answer::Deny(errno) | Answer::Stop(errno) => Some(errno),
        }
    }

    /// Whether the fork may go on.
    pub const fn is_go(self) -> bool {
        matches!(self.0, Answer::Go)
    }

    /// Whether no further watcher is asked.
    #[doc(alias = "NOTIFY_STOP_MASK")]
    pub const fn stops_walk(self) -> bool {
        matches!(self.0, Answer::Stop(_))
    }

    /// The verdict that this number was to the kernel.
    ///
    /// A negative number is v2's refusal. A positive one with the bit 0x8000 is v1's stop: the errno is read as
    /// `notifier_to_errno` does, and is `EPERM` where there is none, as in `NOTIFY_STOP` (0x8001), which refused a
    /// fork too. Anything else is go: v2 ignored every positive number.
    ///
    /// A negative number has the bit 0x8000 as well, for which v1 would have stopped; it is read as v2 meant it.
    #[doc(alias = "notifier_to_errno")]
    pub const fn from_raw(raw: i32) -> Self {
        if raw < 0 {
            Self::deny(Errno::from_raw(raw.saturating_neg()))
        } else if raw & NOTIFY_STOP_MASK != 0 {
            Self::stop(Errno::from_raw((raw & !NOTIFY_STOP_MASK) - 1))
        } else {
            Self::GO
        }
    }

    /// The number for the kernel: 0, `-errno`, or 0x8000 with `1 + errno`.
    #[doc(alias = "notifier_from_errno")]
    pub const fn to_raw(self) -> i32 {
        match self.0 {
            Answer::Go => 0,
            Answer::Deny(errno) => -errno.as_raw(),
            Answer::Stop(errno) => NOTIFY_STOP_MASK | (1 + errno.as_raw()),
        }
    }
}

const fn returnable(errno: Errno) -> Errno {
    if errno.is_returnable() { errno } else { Errno::EPERM }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Answer::Go => f.write_str("Verdict::GO"),
            Answer::Deny(errno) => write!(f, "Verdict::deny({errno})"),
            Answer::Stop(errno) => write!(f, "Verdict::stop({errno})"),
        }
    }
}

/// What an `init` watcher may return.
///
/// | returned | verdict |
/// |---|---|
/// | `()`, `Ok(())`, `ControlFlow::Continue(())` | [`Verdict::GO`] |
/// | `Err(errno)` | [`Verdict::deny(errno)`](Verdict::deny) |
/// | `ControlFlow::Break(errno)` | [`Verdict::stop(errno)`](Verdict::stop) |
/// | a [`Verdict`] | itself |
///
/// ```
/// use std::ops::ControlFlow;
/// use watchers::{Errno, IntoVerdict, Verdict};
///
/// assert_eq!(().into_verdict(), Verdict::GO);
/// assert_eq!(Err(Errno::ENOMEM).into_verdict(), Verdict::deny(Errno::ENOMEM));
/// assert_eq!(ControlFlow::Break(Errno::EPERM).into_verdict(), Verdict::stop(Errno::EPERM));
/// ```
#[diagnostic::on_unimplemented(
    message = "an init watcher cannot return `{Self}`",
    label = "return nothing, `Verdict`, `Result<(), Errno>` or `ControlFlow<Errno>`"
)]
pub trait IntoVerdict {
    /// The verdict that is meant.
    fn into_verdict(self) -> Verdict;
}

impl IntoVerdict for () {
    fn into_verdict(self) -> Verdict {
        Verdict::GO
    }
}

impl IntoVerdict for Verdict {
    fn into_verdict(self) -> Verdict {
        self
    }
}

impl IntoVerdict for Result<(), Errno> {
    fn into_verdict(self) -> Verdict {
        match self {
            Ok(()) => Verdict::GO,
            Err(errno) => Verdict::deny(errno),
        }
    }
}

impl IntoVerdict for ControlFlow<Errno> {
    fn into_verdict(self) -> Verdict {
        match self {
            ControlFlow::Continue(()) => Verdict::GO,
            ControlFlow::Break(errno) => Verdict::stop(errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_encodings_of_2006() {
        let (go, deny, stop) = (Verdict::GO, Verdict::deny, Verdict::stop);
        for (raw, verdict, why) in [
            (0x0000, go, "v2: 0; v1: NOTIFY_DONE"),
            (0x0001, go, "v1: NOTIFY_OK"),
            (0x0002, go, "v2: positive numbers are ignored"),
            (0x7fff, go, "v2: positive numbers are ignored"),
            (0x1_0002, go, "bits above the stop mask mean nothing"),
            (-1, deny(Errno::EPERM), "v2: -EPERM"),
            (-12, deny(Errno::ENOMEM), "v2: -ENOMEM"),
            (-4095, deny(Errno::MAX), "v2: the last errno"),
            (-4096, deny(Errno::EPERM), "no errno"),
            (i32::MIN, deny(Errno::EPERM), "no errno"),
            (0x8000, stop(Errno::EPERM), "v1: NOTIFY_STOP_MASK alone"),
            (0x8001, stop(Errno::EPERM), "v1: NOTIFY_STOP"),
            (0x8002, stop(Errno::EPERM), "v1: NOTIFY_BAD"),
            (0x8003, stop(Errno::ENOENT), "notifier_from_errno(-ENOENT)"),
            (0x800d, stop(Errno::ENOMEM), "notifier_from_errno(-ENOMEM)"),
            (0x9000, stop(Errno::MAX), "the last errno"),
            (0x9001, stop(Errno::EPERM), "no errno"),
            (i32::MAX, stop(Errno::EPERM), "no errno"),
        ] {
            assert_eq!(Verdict::from_raw(raw), verdict, "{raw:#x}: {why}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        assert_eq!(Verdict::GO.to_raw(), 0);
        assert_eq!(Verdict::deny(Errno::EAGAIN).to_raw(), -11);
        assert_eq!(Verdict::stop(Errno::EPERM).to_raw(), 0x8002, "NOTIFY_BAD");
        for errno in (1..=4095).map(Errno::from_raw) {
            for verdict in [Verdict::deny(errno), Verdict::stop(errno)] {
                assert_eq!(Verdict::from_raw(verdict.to_raw()), verdict);
                assert_eq!(verdict.errno(), Some(errno));
            }
        }
    }

    #[test]
    fn an_errno_that_is_none_refuses_all_the_same() {
        for raw in [0, -1, 4096, i32::MIN, i32::MAX] {
            assert_eq!(Verdict::deny(Errno::from_raw(raw)), Verdict::deny(Errno::EPERM));
            assert_eq!(Verdict::stop(Errno::from_raw(raw)), Verdict::stop(Errno::EPERM));
        }
    }

    #[test]
    fn only_stop_ends_the_walk() {
        for (verdict, go, stops) in [
            (Verdict::GO, true, false),
            (Verdict::deny(Errno::EPERM), false, false),
            (Verdict::stop(Errno::EPERM), false, true),
        ] {
            assert_eq!((verdict.is_go(), verdict.stops_walk()), (go, stops), "{verdict:?}");
        }
        assert_eq!(Verdict::default(), Verdict::GO);
    }

    #[test]
    fn results_are_verdicts() {
        assert_eq!(Ok(()).into_verdict(), Verdict::GO);
        assert_eq!(ControlFlow::Continue(()).into_verdict(), Verdict::GO);
        assert_eq!(Err(Errno::EIO).into_verdict(), Verdict::deny(Errno::EIO));
        assert_eq!(ControlFlow::Break(Errno::EIO).into_verdict(), Verdict::stop(Errno::EIO));
    }
}
