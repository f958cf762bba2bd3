//! `/proc/PID/stat` and `/proc/PID/task/TID/stat`.

use std::str::FromStr;

use watchers::{ExitStatus, Pid, Tid};

use super::Short;

/// A `stat` file of a process or a thread.
pub(super) struct Stat(Short);

impl Stat {
    pub(super) fn read(path: &str) -> Option<Stat> {
        Short::read(path).ok().map(Stat)
    }

    /// A field, counted from 1 as in proc(5). The command name, the second, is in parentheses and may hold anything; so fields are
    /// counted after the last one.
    pub(super) fn field<T: FromStr>(&self, field: usize) -> Option<T> {
        let end = self.0.bytes().iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(self.0.bytes().get(end + 1..)?).ok()?;
        rest.split_ascii_whitespace().nth(field.checked_sub(3)?)?.parse().ok()
    }
}

/// The clock ticks that one thread has spent in user mode and in the kernel.
pub(crate) fn ticks(pid: Pid, tid: Tid) -> Option<(u64, u64)> {
    let stat = Stat::read(&format!("/proc/{pid}/task/{tid}/stat"))?;
    Some((stat.field(14)?, stat.field(15)?))
}

/// The parent of a process; `Some(None)` where that is outside of our pid namespace, or there is none.
pub(crate) fn parent(pid: Pid) -> Option<Option<Pid>> {
    Stat::read(&format!("/proc/{pid}/stat"))?.field(4).map(Pid::from_raw)
}

/// The status that the parent of a dead leader would get now.
pub(crate) fn status_of_the_dead(pid: Pid) -> Option<ExitStatus> {
    Stat::read(&format!("/proc/{pid}/stat"))?.field(52).map(ExitStatus::from_raw)
}

/// What a task was made to send to its parent when it dies: a signal, 0 for nothing, -1 for a thread.
///
/// KERNEL: the 38th field (fs/proc/array.c `do_task_stat`).
pub(crate) fn exit_signal(tid: Tid) -> Option<i32> {
    Stat::read(&format!("/proc/{tid}/stat"))?.field(38)
}

/// Whether it is a thread of the kernel; those that work for a process are threads of it (io_uring, vhost).
///
/// KERNEL: the flags of a task are in its `stat` (include/linux/sched.h). Nobody can trace them.
pub(crate) fn is_kernel_thread(tid: Tid) -> bool {
    const PF_KTHREAD: u64 = 0x0020_0000;
    const PF_IO_WORKER: u64 = 0x10;
    const PF_USER_WORKER: u64 = 0x4000;
    let stat = Stat::read(&format!("/proc/{tid}/stat"));
    stat.and_then(|stat| stat.field(9))
        .is_some_and(|flags: u64| flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "12 (a) 7 (b) R 3 4").unwrap();
        let stat = Stat::read(file.path().to_str().unwrap()).unwrap();
        assert_eq!([3, 4, 5, 6, 2].map(|field| stat.field(field)), [None, Some(3u64), Some(4), None, None]);
    }
}
