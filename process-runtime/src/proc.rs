//! The few files of proc(5) that the runtime reads.

use std::fs::{self, File};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use watchers::{Credentials, Errno, ExitStatus, Ids, Pid, Signal, Tid, Times};

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
    let stat = Stat::read(&format!("/proc/{pid}/stat"))?;
    let (user, system) = split(pid, stat.number(14)?, stat.number(15)?);
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

/// A `stat` file of a process or a thread.
struct Stat(Short);

impl Stat {
    fn read(path: &str) -> Option<Stat> {
        Short::read(path).ok().map(Stat)
    }

    /// A field, counted from 1 as in proc(5). The command name, the second, is in parentheses and may hold anything; so fields are
    /// counted after the last one.
    fn number(&self, field: usize) -> Option<u64> {
        let end = self.0.bytes().iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(self.0.bytes().get(end + 1..)?).ok()?;
        rest.split_ascii_whitespace().nth(field.checked_sub(3)?)?.parse().ok()
    }
}

/// The clock ticks that one thread has spent in user mode and in the kernel.
pub(crate) fn ticks(pid: Pid, tid: Tid) -> Option<(u64, u64)> {
    let stat = Stat::read(&format!("/proc/{pid}/task/{tid}/stat"))?;
    Some((stat.number(14)?, stat.number(15)?))
}

/// The parent of a process; `Some(None)` where that is outside of our pid namespace, or there is none.
pub(crate) fn parent(pid: Pid) -> Option<Option<Pid>> {
    let ppid = Stat::read(&format!("/proc/{pid}/stat"))?.number(4)?;
    Some(Pid::from_raw(ppid.try_into().ok()?))
}

/// The status that the parent of a dead leader would get now.
pub(crate) fn status_of_the_dead(pid: Pid) -> Option<ExitStatus> {
    Stat::read(&format!("/proc/{pid}/stat"))?.number(52)?.try_into().ok().map(ExitStatus::from_raw)
}

/// Whether it is a thread of the kernel; those that work for a process are threads of it (io_uring, vhost).
///
/// KERNEL: the flags of a task are in its `stat` (include/linux/sched.h). Nobody can trace them.
pub(crate) fn is_kernel_thread(tid: Tid) -> bool {
    const PF_KTHREAD: u64 = 0x0020_0000;
    const PF_IO_WORKER: u64 = 0x10;
    const PF_USER_WORKER: u64 = 0x4000;
    let stat = Stat::read(&format!("/proc/{tid}/stat"));
    stat.and_then(|stat| stat.number(9))
        .is_some_and(|flags| flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER) != 0)
}

/// What a task does, as far as it can be seen without stopping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// It waits in this system call; `stack` is where its stack ends.
    InCall { number: u64, stack: u64 },
    /// It is stopped, or waits for something that is no system call.
    OutsideOfCalls,
    /// It is dead.
    Gone,
    /// It runs, or would if a processor were free; or the kernel does not say.
    Unknown,
}

/// What a task does now.
pub(crate) fn whereabouts(tid: Tid) -> Whereabouts {
    match Short::read(&format!("/proc/{tid}/syscall")) {
        Ok(line) => std::str::from_utf8(line.bytes()).map_or(Whereabouts::Unknown, whereabouts_of),
        Err(Errno::ENOENT | Errno::ESRCH) => Whereabouts::Gone,
        Err(_) => Whereabouts::Unknown,
    }
}

/// KERNEL: `running`, or `-1 SP PC`, or the number, six arguments, SP and PC (fs/proc/base.c `proc_pid_syscall`).
fn whereabouts_of(line: &str) -> Whereabouts {
    let mut words = line.split_ascii_whitespace();
    let hexadecimal = |word: &str| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok();
    match words.next().map(str::parse::<i64>) {
        Some(Ok(-1)) => Whereabouts::OutsideOfCalls,
        Some(Ok(number)) => {
            let number = u64::from(number as u32);
            let stack = words.nth(6).and_then(hexadecimal);
            stack.map_or(Whereabouts::Unknown, |stack| Whereabouts::InCall { number, stack })
        }
        _ => Whereabouts::Unknown,
    }
}

/// Every process, in no order.
pub(crate) fn processes() -> Vec<Pid> {
    numbers("/proc").filter_map(Pid::from_raw).collect()
}

fn numbers(folder: &str) -> impl Iterator<Item = i32> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// The children that a thread made, as far as the kernel keeps that list (CONFIG_PROC_CHILDREN).
pub(crate) fn children(pid: Pid, tid: Tid) -> Vec<Tid> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|word| Tid::from_raw(word.parse().ok()?)).collect()
}

/// The threads of a process.
pub(crate) fn threads(pid: Pid) -> Vec<Tid> {
    numbers(&format!("/proc/{pid}/task")).filter_map(Tid::from_raw).collect()
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
    fn where_a_task_is() {
        use Whereabouts::{InCall, OutsideOfCalls, Unknown};
        let table = [
            ("running\n", Unknown),
            ("-1 0x7ffd1000 0x7f00\n", OutsideOfCalls),
            (
                "232 0x3 0x1 0x1 0xffffffff 0x0 0x0 0x7ffd1000 0x7f00\n",
                InCall { number: 232, stack: 0x7ffd_1000 },
            ),
            ("", Unknown),
            ("7 0x3\n", Unknown),
        ];
        for (line, expected) in table {
            assert_eq!(whereabouts_of(line), expected, "{line}");
        }
    }

    #[test]
    fn a_name_may_hold_anything() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "12 (a) 7 (b) R 3 4").unwrap();
        let stat = Stat::read(file.path().to_str().unwrap()).unwrap();
        assert_eq!([3, 4, 5, 6, 2].map(|field| stat.number(field)), [None, Some(3), Some(4), None, None]);
    }

    #[test]
    fn what_has_ended() {
        let tid = |number| Tid::from_raw(number).unwrap();
        assert!(!has_ended(tid(std::process::id() as i32)));
        assert!(has_ended(tid(i32::MAX)));
    }
}
