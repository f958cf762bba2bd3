//! [`CloneFlags`]: what a new task shares with its creator.

use std::fmt;

use crate::Signal;

/// The flags of fork(2), vfork(2), clone(2) or clone3(2), with the exit signal in the low byte.
///
/// It is the word of clone(2), widened to the 64 bits of clone3(2), whose separate exit signal is put where clone(2)
/// has it. One bit means two things there: 0x80 is `CLONE_NEWTIME` in clone3(2), and in clone(2) it belongs to an
/// exit signal that no signal has. Here it is `CLONE_NEWTIME`.
///
/// ```
/// use watchers::{CloneFlags, Signal};
///
/// let flags = CloneFlags::VFORK;
/// assert!(flags.vfork() && !flags.thread());
/// assert!(flags.contains(CloneFlags::CLONE_VM));
/// assert_eq!(flags.exit_signal(), Some(Signal::SIGCHLD));
/// assert_eq!(flags.names(), ["CLONE_VM", "CLONE_VFORK"]);
/// assert_eq!(flags.to_string(), "CLONE_VM|CLONE_VFORK|SIGCHLD");
/// ```
#[doc(alias = "clone_flags")]
#[doc(alias = "clone_args")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloneFlags(u64);

/// The bits of the exit signal. The kernel's mask is 0xff, but its highest bit is `CLONE_NEWTIME`.
const CSIGNAL: u64 = 0x7f;

impl CloneFlags {
    /// What fork(2) passes: `SIGCHLD`.
    pub const FORK: CloneFlags = CloneFlags(libc::SIGCHLD as u64);

    /// What vfork(2) passes: `CLONE_VM|CLONE_VFORK|SIGCHLD`.
    pub const VFORK: CloneFlags = CloneFlags(Self::CLONE_VM | Self::CLONE_VFORK | libc::SIGCHLD as u64);

    /// The flags with these bits, the exit signal in the low byte.
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// The flags of clone3(2), which has the exit signal in a field of its own.
    ///
    /// The kernel accepts only a signal number (or 0, for none) there; bits beyond those are dropped.
    pub const fn from_clone3(flags: u64, exit_signal: u64) -> Self {
        Self(flags & !CSIGNAL | exit_signal & CSIGNAL)
    }

    /// The bits, the exit signal in the low byte.
    pub const fn as_raw(self) -> u64 {
        self.0
    }

    /// Whether all these bits are set.
    pub const fn contains(self, bits: u64) -> bool {
        self.0 & bits == bits
    }

    /// Whether the new task is a thread of its creator's group.
    #[doc(alias = "CLONE_THREAD")]
    pub const fn thread(self) -> bool {
        self.contains(Self::CLONE_THREAD)
    }

    /// Whether the creator waits until the new task has executed or ended.
    #[doc(alias = "CLONE_VFORK")]
    pub const fn vfork(self) -> bool {
        self.contains(Self::CLONE_VFORK)
    }

    /// The signal that the parent gets at the new task's end; `None` for none (as in a thread).
    #[doc(alias = "CSIGNAL")]
    pub const fn exit_signal(self) -> Option<Signal> {
        Signal::from_raw((self.0 & CSIGNAL) as i32)
    }

    /// The names of the flags, lowest bit first; the exit signal is not among them.
    pub fn names(self) -> Vec<&'static str> {
        NAMES.iter().filter(|(bit, _)| self.contains(*bit)).map(|(_, name)| *name).collect()
    }

    /// The bits that have no name.
    const fn unnamed(self) -> u64 {
        let signal = if self.exit_signal().is_some() { CSIGNAL } else { 0 };
        self.0 & !(NAMED | signal)
    }
}

impl fmt::Display for CloneFlags {
    /// As in `CLONE_VM|CLONE_VFORK|SIGCHLD`; bits without a name in hexadecimal; `0` for none at all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        let mut separator = "";
        for name in self.names().into_iter().chain(self.exit_signal().map(Signal::name)) {
            write!(f, "{separator}{name}")?;
            separator = "|";
        }
        match self.unnamed() {
            0 => Ok(()),
            bits => write!(f, "{separator}{bits:#x}"),
        }
    }
}

impl fmt::Debug for CloneFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloneFlags({self})")
    }
}

macro_rules! flags {
    ($($name:ident = $bit:literal, $text:literal;)*) => {
        /// The bits of clone(2) and clone3(2), from the kernel's `include/uapi/linux/sched.h`.
        impl CloneFlags {
            $(#[doc = concat!($text, ".")] pub const $name: u64 = $bit;)*
        }

        const NAMES: &[(u64, &str)] = &[$((CloneFlags::$name, stringify!($name))),*];

        /// All bits that have a name.
        const NAMED: u64 = 0 $(| CloneFlags::$name)*;
    };
}

flags! {
    CLONE_NEWTIME = 0x80, "New time namespace (clone3 only)";
    CLONE_VM = 0x100, "Shares memory";
    CLONE_FS = 0x200, "Shares root, working directory and umask";
    CLONE_FILES = 0x400, "Shares the table of open files";
    CLONE_SIGHAND = 0x800, "Shares the table of signal handlers";
    CLONE_PIDFD = 0x1000, "The creator gets a pidfd";
    CLONE_PTRACE = 0x2000, "Is traced if its creator is";
    CLONE_VFORK = 0x4000, "The creator waits until the new task has executed or ended";
    CLONE_PARENT = 0x8000, "Has its creator's parent as parent";
    CLONE_THREAD = 0x1_0000, "Is a thread of its creator's group";
    CLONE_NEWNS = 0x2_0000, "New mount namespace";
    CLONE_SYSVSEM = 0x4_0000, "Shares the System V semaphore undo list";
    CLONE_SETTLS = 0x8_0000, "Has its own thread-local storage";
    CLONE_PARENT_SETTID = 0x10_0000, "The kernel writes the tid to the creator's memory";
    CLONE_CHILD_CLEARTID = 0x20_0000, "The kernel clears the tid in the new task's memory at its end, and wakes waiters";
    CLONE_DETACHED = 0x40_0000, "Ignored by clone, refused by clone3";
    CLONE_UNTRACED = 0x80_0000, "A tracer of the creator does not get the new task by itself";
    CLONE_CHILD_SETTID = 0x100_0000, "The kernel writes the tid to the new task's memory";
    CLONE_NEWCGROUP = 0x200_0000, "New cgroup namespace";
    CLONE_NEWUTS = 0x400_0000, "New UTS namespace";
    CLONE_NEWIPC = 0x800_0000, "New IPC namespace";
    CLONE_NEWUSER = 0x1000_0000, "New user namespace";
    CLONE_NEWPID = 0x2000_0000, "New PID namespace";
    CLONE_NEWNET = 0x4000_0000, "New network namespace";
    CLONE_IO = 0x8000_0000, "Shares the I/O context";
    CLONE_CLEAR_SIGHAND = 0x1_0000_0000, "All signal handlers start as the default (clone3 only)";
    CLONE_INTO_CGROUP = 0x2_0000_0000, "Starts in a given cgroup (clone3 only)";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_one_writes_it() {
        for (raw, text) in [
            (0, "0"),
            (17, "SIGCHLD"),
            (0x4111, "CLONE_VM|CLONE_VFORK|SIGCHLD"),
            (0x10_0000_0000, "0x1000000000"),
            (0x10_0000_0112, "CLONE_VM|SIGCONT|0x1000000000"),
            (0x80, "CLONE_NEWTIME"),
            (0x7f, "0x7f"),
            (
                0x3d_0f00,
                "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS\
                 |CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID",
            ),
        ] {
            assert_eq!(CloneFlags::from_raw(raw).to_string(), text, "{raw:#x}");
        }
    }

    #[test]
    fn exit_signal_is_the_low_byte() {
        for (raw, signal) in [
            (17, Some(Signal::SIGCHLD)),
            (0, None),
            (0x100, None),
            (64, Signal::from_raw(64)),
            (65, None),
            (0x80 | 10, Some(Signal::SIGUSR1)),
        ] {
            assert_eq!(CloneFlags::from_raw(raw).exit_signal(), signal, "{raw:#x}");
        }
    }

    #[test]
    fn clone3_has_the_signal_apart() {
        let flags = CloneFlags::from_clone3(CloneFlags::CLONE_NEWTIME | CloneFlags::CLONE_INTO_CGROUP, 17);
        assert_eq!(flags.names(), ["CLONE_NEWTIME", "CLONE_INTO_CGROUP"]);
        assert_eq!(flags.exit_signal(), Some(Signal::SIGCHLD));
        assert_eq!(flags.as_raw(), 0x2_0000_0091);
    }

    #[test]
    fn names_are_those_of_libc() {
        for (bit, name) in [
            (libc::CLONE_VM, "CLONE_VM"),
            (libc::CLONE_PIDFD, "CLONE_PIDFD"),
            (libc::CLONE_UNTRACED, "CLONE_UNTRACED"),
            (libc::CLONE_NEWCGROUP, "CLONE_NEWCGROUP"),
            (libc::CLONE_NEWNET, "CLONE_NEWNET"),
            (libc::CLONE_IO, "CLONE_IO"),
        ] {
            assert_eq!(CloneFlags::from_raw(u64::from(bit as u32)).names(), [name]);
        }
        assert_eq!(NAMED.count_ones() as usize, NAMES.len(), "one bit each");
    }
}
