//! Waking a tracer that is blocked in its wait.
//!
//! A ptrace request can come from the tracer thread only, and that thread is in `wait4`. So there is one
//! more tracee, which does nothing: whoever wants the tracer's attention signals it, and its stop is what
//! the wait returns.
//!
//! # Alternatives
//!
//! 1. A signal to the tracer thread: needs a handler in the host's process, and is lost if it comes just
//!    before the wait.
//! 2. signalfd or pidfds and a poll loop: ptrace-stops are not readable.
//! 3. Waiting with a timeout: late or busy.

use std::fmt;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{PidfdFlags, pidfd_open};
use watchers::{Errno, Pid, Signal, Tid};

use crate::error::Error;
use crate::sys::doorbell::{Stack, clone};
use crate::sys::signal::{kill, send};
use crate::sys::{ptrace, wait};

/// How often a new doorbell is made in place of a dead one.
const ATTEMPTS: usize = 3;

/// The tracer's end.
pub(crate) struct Doorbell {
    tid: Tid,
    stack: Option<Stack>,
    button: Button,
}

/// Everybody else's end.
#[derive(Clone, Debug)]
pub(crate) struct Button(Arc<Mutex<Option<OwnedFd>>>);

impl Button {
    /// Makes the tracer look at its requests. Rings are not counted.
    pub(crate) fn press(&self) {
        let pidfd = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pidfd) = pidfd.as_ref() {
            // A doorbell that was killed is replaced by the tracer, which then looks anyway.
            let _ = send(pidfd.as_fd(), Signal::SIGSTOP);
        }
    }
}

impl Doorbell {
    /// Hangs a doorbell for the calling thread.
    pub(crate) fn hang() -> Result<Doorbell, Error> {
        let button = Button(Arc::default());
        let (tid, stack) = make(&button)?;
        Ok(Doorbell { tid, stack: Some(stack), button })
    }

    /// The other end.
    pub(crate) fn button(&self) -> Button {
        self.button.clone()
    }

    /// The doorbell's own task.
    pub(crate) fn tid(&self) -> Tid {
        self.tid
    }

    /// Whether a wait status is about the doorbell. That of one that was buried may be another task's tid by now.
    pub(crate) fn is(&self, tid: Tid) -> bool {
        tid == self.tid && self.stack.is_some()
    }

    /// A new process in place of one that is dead and reaped. Whoever killed that one may kill the new one too,
    /// before it is seized.
    pub(crate) fn replace(&mut self) -> Result<(), Error> {
        self.bury();
        let first = make(&self.button);
        let (tid, stack) = (1..ATTEMPTS).fold(first, |made, _| made.or_else(|_| make(&self.button)))?;
        (self.tid, self.stack) = (tid, Some(stack));
        Ok(())
    }

    /// Asks for its death, whose status the caller waits for.
    pub(crate) fn take_down(&self) {
        let pidfd = self.button.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(pidfd) = pidfd {
            let _ = send(pidfd.as_fd(), Signal::SIGKILL);
        }
    }

    /// Waits for its death and frees what it used, while others that the thread traces go on.
    pub(crate) fn wait_for_its_end(&mut self) {
        // A stop that it was in when it was killed comes first.
        while let Ok(Some(status)) = wait::wait_for(self.tid)
            && libc::WIFSTOPPED(status)
        {}
        self.bury();
    }

    /// Frees what a dead and reaped doorbell used.
    pub(crate) fn bury(&mut self) {
        if let Some(stack) = self.stack.take() {
            stack.free();
        }
    }
}

fn make(button: &Button) -> Result<(Tid, Stack), Error> {
    let (tid, stack) = clone_with_a_name().map_err(|errno| Error::os("clone the doorbell", errno))?;
    match seize(tid) {
        Ok(pidfd) => {
            *button.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(pidfd);
            Ok((tid, stack))
        }
        Err(error) => {
            // It shares our memory; nobody else would ever end it.
            kill_and_reap(tid);
            stack.free();
            Err(error)
        }
    }
}

/// For people who look at processes: it has our command line, as it has our memory.
///
/// KERNEL: a task's name is inherited, and only threads of its own process can change it (fs/proc/base.c `comm_write`).
fn clone_with_a_name() -> Result<(Tid, Stack), Errno> {
    let own = rustix::thread::name();
    let _ = rustix::thread::set_name(c"doorbell");
    let made = clone();
    let _ = own.map(|own| rustix::thread::set_name(&own));
    made
}

fn seize(tid: Tid) -> Result<OwnedFd, Error> {
    ptrace::seize(tid, libc::PTRACE_O_EXITKILL).map_err(|errno| Error::os("seize the doorbell", errno))?;
    let pid = rustix::process::Pid::from_raw(tid.as_raw());
    let pidfd = pid.ok_or(rustix::io::Errno::SRCH).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()));
    pidfd.map_err(|errno| Error::os("pidfd_open", Errno::from_raw(errno.raw_os_error())))
}

fn kill_and_reap(tid: Tid) {
    if let Some(pid) = Pid::from_raw(tid.as_raw()) {
        let _ = kill(pid, Signal::SIGKILL);
        let _ = wait::wait_for(tid);
    }
}

impl fmt::Debug for Doorbell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doorbell").field("tid", &self.tid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::read_to_string;

    use super::*;

    #[test]
    fn it_has_a_name_of_its_own() {
        let own = || read_to_string("/proc/thread-self/comm").unwrap();
        let before = own();
        let mut doorbell = Doorbell::hang().unwrap();
        let name = read_to_string(format!("/proc/{}/comm", doorbell.tid())).unwrap();
        doorbell.take_down();
        doorbell.wait_for_its_end();
        assert_eq!((name.as_str(), own()), ("doorbell\n", before));
    }
}
