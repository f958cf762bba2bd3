//! [`Signal`]: a signal by number and name, real-time signals included.

use std::{fmt, num::NonZeroI32};

/// A signal number of Linux, 1 to 64, as signal(7) lists them.
///
/// Real-time signals are named from glibc's `SIGRTMIN`, which is 34: the kernel's own range starts at 32, but
/// the C library keeps the first two for itself (`SIGRTMIN-2`, `SIGRTMIN-1`).
///
/// ```
/// use watchers::Signal;
///
/// assert_eq!(Signal::SIGKILL.as_raw(), 9);
/// assert_eq!(Signal::from_raw(35).expect("1..=64").name(), "SIGRTMIN+1");
/// assert_eq!(Signal::from_name("SIGTERM"), Some(Signal::SIGTERM));
/// assert_eq!(Signal::from_raw(65), None);
/// ```
#[doc(alias = "SIGRTMIN")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(NonZeroI32);

impl Signal {
    /// The largest signal number of Linux.
    #[doc(alias = "_NSIG")]
    #[doc(alias = "SIGRTMAX")]
    pub const MAX: Signal = Self::known(64);

    /// The signal with this number; `None` outside of 1 to 64.
    pub const fn from_raw(raw: i32) -> Option<Self> {
        match NonZeroI32::new(raw) {
            Some(number) if raw >= 1 && raw <= 64 => Some(Self(number)),
            _ => None,
        }
    }

    /// The number, as system calls want it.
    pub const fn as_raw(self) -> i32 {
        self.0.get()
    }

    /// Whether it is a real-time signal to the kernel: queued, never coalesced (32 to 64).
    pub const fn is_real_time(self) -> bool {
        self.as_raw() >= 32
    }

    /// The signal of this name (`"SIGKILL"`, `"SIGRTMIN+1"`), as [`name`](Self::name) spells it.
    pub fn from_name(name: &str) -> Option<Self> {
        (1..=64).filter_map(Self::from_raw).find(|signal| signal.name() == name)
    }

    /// The signal with this number, a constant of this file and thus not zero.
    const fn known(raw: i32) -> Self {
        match NonZeroI32::new(raw) {
            Some(number) => Self(number),
            None => Self(NonZeroI32::MIN),
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.as_raw())
    }
}

macro_rules! signals {
    ($($name:ident $text:literal;)* => $($raw:literal $real_time:literal)*) => {
        impl Signal {
            $(#[doc = concat!($text, ".")] pub const $name: Signal = Signal::known(libc::$name);)*

            /// The name: `"SIGKILL"`, and `"SIGRTMIN+1"` for a real-time signal.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                    _ => match self.as_raw() {
                        $($raw => $real_time,)*
                        _ => "SIG?",
                    },
                }
            }
        }
    };
}

signals! {
    SIGHUP "Hang-up of the controlling terminal, or its process died";
    SIGINT "Interrupt from the keyboard";
    SIGQUIT "Quit from the keyboard, with a core";
    SIGILL "Illegal instruction";
    SIGTRAP "Trace or breakpoint trap";
    SIGABRT "Abort, from abort(3)";
    SIGBUS "Bus error: bad memory access";
    SIGFPE "Erroneous arithmetic";
    SIGKILL "Kill: cannot be caught, blocked or ignored";
    SIGUSR1 "User-defined, first";
    SIGSEGV "Invalid memory reference";
    SIGUSR2 "User-defined, second";
    SIGPIPE "Write to a pipe that nobody reads";
    SIGALRM "Timer of alarm(2)";
    SIGTERM "Termination, asked for politely";
    SIGSTKFLT "Stack fault of a coprocessor: unused";
    SIGCHLD "A child stopped, continued or ended";
    SIGCONT "Continue if stopped";
    SIGSTOP "Stop: cannot be caught, blocked or ignored";
    SIGTSTP "Stop from the keyboard";
    SIGTTIN "Background process reads from its terminal";
    SIGTTOU "Background process writes to its terminal";
    SIGURG "Urgent data on a socket";
    SIGXCPU "Limit of processor time exceeded";
    SIGXFSZ "Limit of file size exceeded";
    SIGVTALRM "Virtual timer expired";
    SIGPROF "Profiling timer expired";
    SIGWINCH "The terminal changed its size";
    SIGIO "Input or output is possible now";
    SIGPWR "Power failure";
    SIGSYS "Bad system call, or one that seccomp(2) trapped";
    =>
    32 "SIGRTMIN-2" 33 "SIGRTMIN-1" 34 "SIGRTMIN"
    35 "SIGRTMIN+1" 36 "SIGRTMIN+2" 37 "SIGRTMIN+3" 38 "SIGRTMIN+4" 39 "SIGRTMIN+5"
    40 "SIGRTMIN+6" 41 "SIGRTMIN+7" 42 "SIGRTMIN+8" 43 "SIGRTMIN+9" 44 "SIGRTMIN+10"
    45 "SIGRTMIN+11" 46 "SIGRTMIN+12" 47 "SIGRTMIN+13" 48 "SIGRTMIN+14" 49 "SIGRTMIN+15"
    50 "SIGRTMIN+16" 51 "SIGRTMIN+17" 52 "SIGRTMIN+18" 53 "SIGRTMIN+19" 54 "SIGRTMIN+20"
    55 "SIGRTMIN+21" 56 "SIGRTMIN+22" 57 "SIGRTMIN+23" 58 "SIGRTMIN+24" 59 "SIGRTMIN+25"
    60 "SIGRTMIN+26" 61 "SIGRTMIN+27" 62 "SIGRTMIN+28" 63 "SIGRTMIN+29"
    64 "SIGRTMAX"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_by_number() {
        for (raw, name) in [
            (1, "SIGHUP"),
            (6, "SIGABRT"),
            (7, "SIGBUS"),
            (9, "SIGKILL"),
            (16, "SIGSTKFLT"),
            (17, "SIGCHLD"),
            (29, "SIGIO"),
            (31, "SIGSYS"),
            (32, "SIGRTMIN-2"),
            (33, "SIGRTMIN-1"),
            (34, "SIGRTMIN"),
            (35, "SIGRTMIN+1"),
            (50, "SIGRTMIN+16"),
            (63, "SIGRTMIN+29"),
            (64, "SIGRTMAX"),
        ] {
            let signal = Signal::from_raw(raw).unwrap();
            assert_eq!(signal.name(), name);
            assert_eq!(signal.to_string(), name);
            assert_eq!(format!("{signal:?}"), format!("{name}({raw})"));
        }
    }

    #[test]
    fn exactly_1_to_64_exist_and_every_name_leads_back() {
        for raw in -2..=130 {
            let signal = Signal::from_raw(raw);
            assert_eq!(signal.is_some(), (1..=64).contains(&raw), "{raw}");
            if let Some(signal) = signal {
                assert_eq!(signal.as_raw(), raw);
                assert_eq!(Signal::from_name(signal.name()), Some(signal));
                assert_eq!(signal.is_real_time(), raw > 31);
            }
        }
        assert_eq!(Signal::from_name("KILL"), None);
        assert_eq!(Signal::from_name("SIG?"), None);
    }
}
