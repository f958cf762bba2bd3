//! Waiting: for the command, and for what it leaves behind.
//!
//! A tree can outlive its command (a daemon, a forgotten `&`). With `--wait tree` we wait, and say after two
//! seconds for whom; with `--wait command` we name what is left and kill it.

use std::os::fd::BorrowedFd;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// How long a tree may outlive its command before it is talked about.
const PATIENCE: Duration = Duration::from_secs(2);

/// Blocks until `fd` is readable.
pub(crate) fn readable(fd: BorrowedFd<'_>) {
    ready(fd, PollFlags::IN);
}

/// Blocks until `fd` is writable.
pub(crate) fn writable(fd: BorrowedFd<'_>) {
    ready(fd, PollFlags::OUT);
}

/// An error here is no reason to wait: whoever uses `fd` next is told.
fn ready(fd: BorrowedFd<'_>, flags: PollFlags) {
    let mut fds = [PollFd::from_borrowed_fd(fd, flags)];
    while poll(&mut fds, None) == Err(Errno::INTR) {}
}

/// Does something if it lives for two seconds.
#[derive(Debug)]
pub(crate) struct Patience {
    done: Option<Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Patience {
    /// Calls `act` two seconds from now, unless it is dropped before.
    pub(crate) fn new(act: impl FnOnce() + Send + 'static) -> Patience {
        let (done, wait) = mpsc::channel();
        let run_out = move || {
            if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                act();
            }
        };
        // Without a thread there is no note; nothing else depends on it.
        let thread = thread::Builder::new().name("patience".to_owned()).spawn(run_out).ok();
        Patience { done: Some(done), thread }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; there is nothing to add.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    static RAN: AtomicBool = AtomicBool::new(false);

    #[test]
    fn patience_that_is_not_needed_does_nothing() {
        drop(Patience::new(|| RAN.store(true, Ordering::SeqCst)));
        assert!(!RAN.load(Ordering::SeqCst));
    }
}
