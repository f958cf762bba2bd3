//! What a process has used.

use std::time::Duration;

use watchers::{Pid, Tid, Times};

use super::Status;
use super::stat::Stat;
use crate::sys::clock;

/// CPU times of a whole thread group, dead threads included, and its peak memory.
///
/// KERNEL: `/proc/PID/stat` sums over the group, `/proc/PID/task/TID/stat` is one thread (fs/proc/array.c).
/// wait4's rusage would count reaped children again.
pub(crate) fn group_times(pid: Pid, any_member: Tid) -> Option<Times> {
    let stat = Stat::read(&format!("/proc/{pid}/stat"))?;
    let (user, system) = split(pid, stat.field(14)?, stat.field(15)?);
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
