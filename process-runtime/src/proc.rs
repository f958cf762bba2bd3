//! The few files of proc(5) that the runtime reads.

use std::fs::{self, File};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use watchers::{Credentials, Errno, Ids, Pid, Signal, Tid, Times};

use crate::sys::clock;

/// A file of /proc that is short: one open, one read, one close, as a rule. `fs::read` asks for its size, which /proc
/// does not know, and then reads in small steps.
pub(crate) struct Short(Vec<u8>);

impl Short {
    /// More than `status`, `stat` and `auxv` have, unless a task is in hundreds of groups.
    const USUAL: usize = 4096;

    /// Reads `path`. ENOENT, ESRCH: the task is gone.
    pub(crate) fn read(path: &str) -> Result<Short, Errno> {
        let file = File::open(path).map_err(|error| errno(&error))?;
        let mut bytes = Vec::with_capacity(Self::USUAL);
        loop {
            rustix::io::read(&file, spare_capacity(&mut bytes)).map_err(|error| errno(&error.into()))?;
            // KERNEL: a file made of lines gives as much as fits (fs/seq_file.c `seq_read_iter`).
            if bytes.len() < bytes.capacity() {
                return Ok(Short(bytes));
            }
            bytes.reserve(bytes.len());
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO))
}

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

    /// Whether it has ended: a zombie, or less.
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self.value("State:").trim_ascii().first(), Some(b'Z' | b'X'))
    }

    /// Both sets of ids, in the reader's user namespace.
    pub(crate) fn credentials(&self) -> Option<Credentials> {
        Some(Credentials::new(self.ids("Uid:")?, self.ids("Gid:")?))
    }

    /// Whether the signal's disposition is to be ignored.
    pub(crate) fn ignores(&self, signal: Signal) -> bool {
        self.ignored() & bit(signal) != 0
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

/// What a task was made to send to its parent when it dies: a signal, 0 for nothing, -1 for a thread.
///
/// KERNEL: the 38th field of `/proc/TID/stat` (fs/proc/array.c `do_task_stat`).
pub(crate) fn exit_signal(tid: Tid) -> Option<i32> {
    let stat = Short::read(&format!("/proc/{tid}/stat")).ok()?;
    let end = stat.bytes().iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.bytes().get(end + 1..)?).ok()?;
    // The first two fields are before the parenthesis.
    rest.split_ascii_whitespace().nth(35)?.parse().ok()
}

/// CPU times of a whole thread group, dead threads included, and its peak memory.
///
/// KERNEL: `/proc/PID/stat` sums over the group, `/proc/PID/task/TID/stat` is one thread (fs/proc/array.c).
/// wait4's rusage would count reaped children again.
pub(crate) fn group_times(pid: Pid, any_member: Tid) -> Option<Times> {
    let stat = Short::read(&format!("/proc/{pid}/stat")).ok()?;
    let stat = stat.bytes();
    // The command name is in parentheses and may hold anything; fields are counted after the last one.
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace().skip(11).map_while(|field| field.parse::<u64>().ok());
    let mut ticks = || fields.next();
    let (user, system) = split(pid, ticks()?, ticks()?);
    Some(Times::new(user, system, Status::read(any_member)?.peak_kib().unwrap_or(0)))
}

/// The group's exact processor time, in the ratio of its ticks in user mode and in the kernel.
///
/// KERNEL: so does the kernel itself, all of it in user mode where no tick fell into the kernel; but then
/// it cuts each part down to whole ticks of 10 ms (kernel/sched/cputime.c `cputime_adjust`).
fn split(pid: Pid, user: u64, system: u64) -> (Duration, Duration) {
    let tick = Duration::from_secs(1) / rustix::param::clock_ticks_per_second().try_into().unwrap_or(100);
    let whole = |ticks: u64| tick * u32::try_from(ticks).unwrap_or(u32::MAX);
    let Some(exact) = clock::process_time(pid) else { return (whole(user), whole(system)) };
    let in_kernel = match (user, system) {
        (_, 0) => Duration::ZERO,
        (0, _) => exact,
        (user, system) => exact.mul_f64(system as f64 / (user as f64 + system as f64)),
    };
    (exact.saturating_sub(in_kernel), in_kernel)
}

/// The children that a thread made, as far as the kernel keeps that list (CONFIG_PROC_CHILDREN).
pub(crate) fn children(pid: Pid, tid: Tid) -> Vec<Tid> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|word| Tid::from_raw(word.parse().ok()?)).collect()
}

/// The threads of a process.
pub(crate) fn threads(pid: Pid) -> Vec<Tid> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| Tid::from_raw(name.parse().ok()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_long_is_read_to_its_end() {
        for length in [0, 1, 4095, 4096, 4097, 20_000] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), vec![b'x'; length]).unwrap();
            assert_eq!(Short::read(file.path().to_str().unwrap()).unwrap().bytes().len(), length);
        }
    }

    #[test]
    fn what_has_ended() {
        let tid = |number| Tid::from_raw(number).unwrap();
        assert!(!has_ended(tid(std::process::id() as i32)));
        assert!(has_ended(tid(i32::MAX)));
    }
}
