//! `/proc/TID/status`.

use watchers::{Credentials, Errno, Ids, Pid, Signal, Tid};

use super::Short;

/// Whether a task has ended: a zombie, or less. What cannot be read for another reason has not.
pub(crate) fn has_ended(tid: Tid) -> bool {
    match Short::read(&format!("/proc/{tid}/status")) {
        Ok(status) => Status(status).is_dead(),
        Err(errno) => matches!(errno, Errno::ENOENT | Errno::ESRCH),
    }
}

/// `/proc/TID/status`.
pub(crate) struct Status(Short);

impl Status {
    pub(crate) fn read(tid: Tid) -> Option<Status> {
        Short::read(&format!("/proc/{tid}/status")).ok().map(Status)
    }

    /// Whether it runs, or would if a processor were free: it is in no wait and in no stop.
    pub(crate) fn is_running(&self) -> bool {
        self.value("State:").trim_ascii_start().starts_with(b"R")
    }

    /// The thread group.
    pub(crate) fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.numbers("Tgid:").next()?.try_into().ok()?)
    }

    /// The parent process.
    pub(crate) fn ppid(&self) -> Option<Pid> {
        Pid::from_raw(self.numbers("PPid:").next()?.try_into().ok()?)
    }

    /// Whether a tracer has it, alive or as a zombie that the tracer has not reaped.
    pub(crate) fn is_traced(&self) -> bool {
        self.numbers("TracerPid:").next().is_some_and(|tracer| tracer != 0)
    }

    /// The task that traces it, if that is in our pid namespace.
    pub(crate) fn tracer(&self) -> Option<Tid> {
        Tid::from_raw(self.numbers("TracerPid:").next()?.try_into().ok()?)
    }

    /// Whether it has a seccomp filter.
    pub(crate) fn is_filtered(&self) -> bool {
        self.numbers("Seccomp:").next() == Some(2)
    }

    /// Whether it has ended: a zombie, or less.
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self.value("State:").trim_ascii().first(), Some(b'Z' | b'X'))
    }

    /// How many seccomp filters it has; `None` where the kernel does not say (before 5.9).
    pub(crate) fn n_filters(&self) -> Option<u64> {
        self.numbers("Seccomp_filters:").next()
    }

    /// Both sets of ids, in the reader's user namespace.
    pub(crate) fn credentials(&self) -> Option<Credentials> {
        Some(Credentials::new(self.ids("Uid:")?, self.ids("Gid:")?))
    }

    /// Whether the signal's disposition is to be ignored.
    pub(crate) fn ignores(&self, signal: Signal) -> bool {
        self.ignored() & bit(signal) != 0
    }

    /// Whether the signal is blocked.
    pub(crate) fn blocks(&self, signal: Signal) -> bool {
        self.mask("SigBlk:") & bit(signal) != 0
    }

    /// Whether the signal has a handler.
    pub(crate) fn catches(&self, signal: Signal) -> bool {
        self.caught() & bit(signal) != 0
    }

    /// The signals that are ignored: bit N - 1 is signal N.
    pub(crate) fn ignored(&self) -> u64 {
        self.mask("SigIgn:")
    }

    /// The signals that have handlers: bit N - 1 is signal N.
    pub(crate) fn caught(&self) -> u64 {
        self.mask("SigCgt:")
    }

    fn mask(&self, key: &str) -> u64 {
        let text = std::str::from_utf8(self.value(key)).unwrap_or_default();
        u64::from_str_radix(text.trim(), 16).unwrap_or(0)
    }

    /// The high-water mark of resident memory, in KiB.
    pub(crate) fn peak_kib(&self) -> Option<u64> {
        self.numbers("VmHWM:").next()
    }

    fn ids(&self, key: &str) -> Option<Ids> {
        let mut numbers = self.numbers(key).map(|number| number as u32);
        Some(Ids::new(numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()?))
    }

    /// What follows `key` on its line.
    fn value(&self, key: &str) -> &[u8] {
        let mut lines = self.0.bytes().split(|byte| *byte == b'\n');
        lines.find_map(|line| line.strip_prefix(key.as_bytes())).unwrap_or_default()
    }

    /// The numbers of the line that begins with `key`.
    fn numbers(&self, key: &str) -> impl Iterator<Item = u64> {
        let words = self.value(key).split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
        words.map_while(|word| std::str::from_utf8(word).ok()?.parse().ok())
    }
}

fn bit(signal: Signal) -> u64 {
    1u64.checked_shl(signal.as_raw().unsigned_abs() - 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended() {
        let tid = |number| Tid::from_raw(number).unwrap();
        assert!(!has_ended(tid(std::process::id() as i32)));
        assert!(has_ended(tid(i32::MAX)));
    }
}
