//! `clock_gettime(2)` of another process's processor-time clock.
#![allow(unsafe_code, reason = "no safe binding makes the clock id of another process")]

use std::time::Duration;

use watchers::Pid;

use super::check;

/// The processor time of a thread group, dead threads included; `None` once it is reaped.
///
/// KERNEL: the clock id of a process is `~pid << 3 | CPUCLOCK_SCHED`, as clock_getcpuclockid(3) makes it
/// (linux/posix-timers_types.h).
pub(crate) fn process_time(pid: Pid) -> Option<Duration> {
    const CPUCLOCK_SCHED: i32 = 2;
    let clock = (!pid.as_raw()) << 3 | CPUCLOCK_SCHED;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes the live local; an id that names no clock is an error.
    check(unsafe { libc::clock_gettime(clock, &raw mut time) }.into()).ok()?;
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}
