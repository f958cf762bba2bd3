//! [`ExitStatus`]: how a task ended.

use std::{fmt, os::unix::process::ExitStatusExt};

use crate::Signal;

/// The status with which a task ended, as wait(2) encodes it.
///
/// The kernel gives it to the exit stop too (`PTRACE_GETEVENTMSG`), so one type serves the events
/// [`exit`](crate::ExitEvent) and [`free`](crate::FreeEvent). It is [`std::process::ExitStatus`] with a signal that has
/// a name, and converts both ways.
///
/// ```
/// use watchers::{ExitStatus, Signal};
///
/// let failed = ExitStatus::from_raw(3 << 8);
/// assert_eq!(failed.code(), Some(3));
/// assert!(!failed.success());
///
/// let crashed = ExitStatus::from_raw(11 | 0x80);
/// assert_eq!(crashed.signal(), Some(Signal::SIGSEGV));
/// assert_eq!(crashed.to_string(), "SIGSEGV (core dumped)");
///
/// let std: std::process::ExitStatus = failed.into();
/// assert_eq!(std.code(), Some(3));
/// ```
#[doc(alias = "exit_code")]
#[doc(alias = "WIFEXITED")]
#[doc(alias = "WIFSIGNALED")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExitStatus(i32);

impl ExitStatus {
    /// A task that ended well: exit code 0.
    pub const SUCCESS: ExitStatus = ExitStatus(0);

    /// The status that wait(2) or the exit stop told.
    pub const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    /// The status as wait(2) tells it.
    pub const fn as_raw(self) -> i32 {
        self.0
    }

    /// A task that called exit(2) with this code.
    pub const fn exited(code: u8) -> Self {
        Self((code as i32) << 8)
    }

    /// A task that this signal killed.
    pub const fn killed(signal: Signal) -> Self {
        Self(signal.as_raw())
    }

    /// The exit code, 0 to 255; `None` if a signal killed the task.
    #[doc(alias = "WEXITSTATUS")]
    pub const fn code(self) -> Option<i32> {
        match self.0 & 0x7f {
            0 => Some((self.0 >> 8) & 0xff),
            _ => None,
        }
    }

    /// The signal that killed the task; `None` if it exited by itself.
    #[doc(alias = "WTERMSIG")]
    pub const fn signal(self) -> Option<Signal> {
        // 0x7f marks a stop, which is no end: `from_raw` answers `None` for it, as it is above 64.
        Signal::from_raw(self.0 & 0x7f)
    }

    /// Whether the kernel wrote a core of it.
    #[doc(alias = "WCOREDUMP")]
    pub const fn core_dumped(self) -> bool {
        self.signal().is_some() && self.0 & 0x80 != 0
    }

    /// Whether the exit code is 0.
    pub const fn success(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code(), self.signal(), self.core_dumped()) {
            (Some(code), ..) => write!(f, "exit code {code}"),
            (_, Some(signal), true) => write!(f, "{signal} (core dumped)"),
            (_, Some(signal), false) => write!(f, "{signal}"),
            (None, None, _) => write!(f, "wait status {:#x}", self.0),
        }
    }
}

impl fmt::Debug for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExitStatus({self})")
    }
}

impl From<std::process::ExitStatus> for ExitStatus {
    fn from(status: std::process::ExitStatus) -> Self {
        Self(status.into_raw())
    }
}

impl From<ExitStatus> for std::process::ExitStatus {
    fn from(status: ExitStatus) -> Self {
        Self::from_raw(status.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_as_wait_does() {
        let segv = Some(Signal::SIGSEGV);
        let last = Signal::from_raw(64);
        for (raw, code, signal, core, text) in [
            (0x0000, Some(0), None, false, "exit code 0"),
            (0x2a00, Some(42), None, false, "exit code 42"),
            (0xff00, Some(255), None, false, "exit code 255"),
            (0x0009, None, Some(Signal::SIGKILL), false, "SIGKILL"),
            (0x000b, None, segv, false, "SIGSEGV"),
            (0x008b, None, segv, true, "SIGSEGV (core dumped)"),
            (0x0040, None, last, false, "SIGRTMAX"),
            (0x137f, None, None, false, "wait status 0x137f"),
            (0xffff, None, None, false, "wait status 0xffff"),
        ] {
            let status = ExitStatus::from_raw(raw);
            assert_eq!(status.code(), code, "{raw:#x}");
            assert_eq!(status.signal(), signal, "{raw:#x}");
            assert_eq!(status.core_dumped(), core, "{raw:#x}");
            assert_eq!(status.success(), raw == 0, "{raw:#x}");
            assert_eq!(status.to_string(), text);
            assert_eq!(status.as_raw(), raw);
        }
    }

    #[test]
    fn agrees_with_std() {
        for raw in 0..=0xffff {
            let ours = ExitStatus::from_raw(raw);
            let std = std::process::ExitStatus::from(ours);
            assert_eq!(ExitStatus::from(std), ours);
            assert_eq!(ours.code(), std.code(), "{raw:#x}");
            // std calls any number up to 0x7e a signal; Linux has 64 of them.
            assert_eq!(ours.signal(), std.signal().and_then(Signal::from_raw), "{raw:#x}");
            assert_eq!(ours.success(), std.success());
        }
    }

    #[test]
    fn is_made_from_what_happened() {
        assert_eq!(ExitStatus::exited(7).code(), Some(7));
        assert_eq!(ExitStatus::killed(Signal::SIGTERM).signal(), Some(Signal::SIGTERM));
        assert!(ExitStatus::SUCCESS.success());
    }
}
