//! How `taskwatch` ends: as its command did.
//!
//! In: an [`Ending`]. Out: an `ExitCode`, or death by the signal that killed the command, without a core
//! of our own. Does not: wait or report.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::process::{DumpableBehavior, Resource, Rlimit};
use watchers::{ExitStatus, Signal};

/// `taskwatch` itself failed (as with timeout(1), env(1), nohup(1)).
pub(crate) const FAILED: u8 = 125;
/// The command was found and cannot be executed.
pub(crate) const CANNOT_EXECUTE: u8 = 126;
/// The command was not found.
pub(crate) const NOT_FOUND: u8 = 127;

/// For so long a signal is not taken for a new one.
const GRACE: Duration = Duration::from_millis(500);

/// What the exit status is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The command ran, and this is how it ended.
    Command(ExitStatus),
    /// It did not: one of the constants above, or 0 where there was none to run.
    Own(u8),
}

impl Ending {
    /// Ends the process if the command was killed by a signal; else gives the code to return from `main`.
    pub(crate) fn conclude(self) -> ExitCode {
        match self {
            Ending::Own(code) => ExitCode::from(code),
            Ending::Command(status) => match status.signal() {
                None => ExitCode::from(low_byte(status.code().unwrap_or(i32::from(FAILED)))),
                Some(signal) => {
                    die_of(signal);
                    // PID 1 is immune to its own signals, and so is who inherited them ignored and blocked.
                    ExitCode::from(low_byte(128 + signal.as_raw()))
                }
            },
        }
    }
}

/// What an error says to a person, who does not care for its number.
pub(crate) fn reason(error: &impl std::error::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

fn low_byte(code: i32) -> u8 {
    u8::try_from(code & 0xff).unwrap_or(FAILED)
}

/// Dies of `signal`, unless it belongs to what was read at `since`: that of a command which has ended by it comes to us as well, and
/// timeout(1) signals its child and then its process group.
pub(crate) fn die_of_another(signal: Signal, since: Instant) {
    if since.elapsed() > GRACE {
        die_of(signal);
    }
}

/// Dies of `signal`, if this process can.
pub(crate) fn die_of(signal: Signal) {
    if rustix::process::getpid().is_init() {
        return;
    }
    forbid_core();
    let raw = signal.as_raw();
    // This takes our handler away and the signal out of the mask, for the signals in its table. For the others,
    // and for SIGIO, which it takes for harmless, we have no handler.
    let _ = signal_hook::low_level::emulate_default_handler(raw);
    let _ = signal_hook::low_level::raise(raw);
}

/// The core that matters is the command's. A limit alone does not hold for a core_pattern that is a pipe.
fn forbid_core() {
    let limit = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(Resource::Core, limit);
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_passed_on() {
        assert_eq!(Ending::Own(NOT_FOUND).conclude(), ExitCode::from(127));
        assert_eq!(Ending::Command(ExitStatus::from_raw(3 << 8)).conclude(), ExitCode::from(3));
        assert_eq!(Ending::Command(ExitStatus::from_raw(0)).conclude(), ExitCode::SUCCESS);
        assert_eq!(Ending::Command(ExitStatus::from_raw(0xff << 8)).conclude(), ExitCode::from(255));
    }
}
