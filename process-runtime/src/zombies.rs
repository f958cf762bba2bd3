//! Waiting for the parents of dead tasks to reap them.
//!
//! A pidfd says so, and hangs up; one thread waits for all of a supervisor's and posts what it hears to the tracer.
//!
//! # Alternatives
//!
//! 1. Looking at the process with kill(pid, 0) now and then: late or busy, and the number may be somebody else's.
//! 2. The tracer's own wait: it ends with the tracee's death, and what happens afterwards is the parent's.

use std::fmt;
use std::io;
use std::mem;
use std::os::fd::OwnedFd;
use std::thread::{Builder, JoinHandle};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::pipe::{PipeFlags, pipe_with};
use watchers::TaskId;

use crate::proc::Short;
use crate::tracer::Line;

/// A thread that waits for tasks to be reaped. It ends when this is dropped.
pub(crate) struct Zombies {
    pidfds: OwnedFd,
    /// Closed to end the thread.
    end: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

/// What no task is called.
const END: u64 = 0;

/// The first kernel whose pidfds say that a process was reaped.
///
/// KERNEL: a pidfd hangs up when the process is reaped, and wakes who polls it, since 6.9 (kernel/exit.c
/// `__unhash_process`, fs/pidfs.c `pidfd_poll`).
const HANGS_UP: (u32, u32) = (6, 9);

impl Zombies {
    /// Starts the thread. Fails where the kernel does not say when somebody is reaped (ENOSYS), or at a limit.
    pub(crate) fn start(line: Line) -> io::Result<Zombies> {
        if release().is_none_or(|release| release < HANGS_UP) {
            return Err(io::Error::from_raw_os_error(libc::ENOSYS));
        }
        let pidfds = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let (ended, end) = pipe_with(PipeFlags::CLOEXEC)?;
        epoll::add(&pidfds, &ended, EventData::new_u64(END), EventFlags::empty())?;
        let waited = pidfds.try_clone()?;
        let body = move || {
            let _ended = ended;
            while let Ok(reaped) = wait(&waited) {
                for task in reaped {
                    // A tracer that has ended does not care.
                    let Some(task) = TaskId::from_raw(task) else { return };
                    let _ = line.post(move |tracer| tracer.was_reaped(task));
                }
            }
        };
        let thread = Builder::new().name("zombies".to_owned()).spawn(body)?;
        Ok(Zombies { pidfds, end: Some(end), thread: Some(thread) })
    }

    /// Has the tracer hear when the process of this pidfd is reaped, as long as the pidfd is open.
    pub(crate) fn watch(&self, pidfd: &OwnedFd, task: TaskId) -> io::Result<()> {
        // That it hangs up is always told.
        epoll::add(&self.pidfds, pidfd, EventData::new_u64(task.as_raw()), EventFlags::ONESHOT)?;
        Ok(())
    }
}

/// Who was reaped since.
fn wait(pidfds: &OwnedFd) -> io::Result<Vec<u64>> {
    let mut events = Vec::with_capacity(32);
    match epoll::wait(pidfds, spare_capacity(&mut events), None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    Ok(events.iter().map(|event| event.data.u64()).collect())
}

/// Which kernel this is.
fn release() -> Option<(u32, u32)> {
    let release = Short::read("/proc/sys/kernel/osrelease").ok()?;
    numbers(std::str::from_utf8(release.bytes()).ok()?)
}

fn numbers(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

impl Drop for Zombies {
    fn drop(&mut self) {
        drop(mem::take(&mut self.end));
        if let Some(thread) = self.thread.take() {
            // It does not panic.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Zombies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zombies").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases() {
        let table = [
            ("6.18.44-generic\n", Some((6, 18))),
            ("5.10", Some((5, 10))),
            ("6.9-rc1", Some((6, 9))),
            ("x", None),
        ];
        for (release, expected) in table {
            assert_eq!(numbers(release), expected, "{release}");
        }
        assert!((6, 18) >= HANGS_UP && (5, 10) < HANGS_UP && (6, 8) < HANGS_UP);
    }
}
