//! `--subreaper`, and PID 1: orphans become our children, and somebody has to reap them.
//!
//! Tasks of the tree are reaped by the tracer; `reap_foreign` takes those that are not traced: started by others
//! in our container. It is called now and then, not at SIGCHLD: the tracer gets one of these for every stop, and a
//! zombie can wait for a quarter of a second.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Between two looks for zombies.
const PERIOD: Duration = Duration::from_millis(250);

/// Adopts and reaps orphans while it lives.
#[derive(Debug)]
pub(crate) struct Reaper {
    done: Option<Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Reaper {
    /// Makes this process the one that orphans below it go to. PID 1 is that already.
    ///
    /// # Errors
    /// Those of prctl(2) and of making a thread.
    pub(crate) fn start() -> io::Result<Reaper> {
        let own = rustix::process::getpid();
        if !own.is_init() {
            rustix::process::set_child_subreaper(Some(own))?;
        }
        let (done, wait) = mpsc::channel();
        let reap = move || {
            while wait.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                process_runtime::reap_foreign();
            }
        };
        let thread = thread::Builder::new().name("reaper".to_owned()).spawn(reap)?;
        Ok(Reaper { done: Some(done), thread: Some(thread) })
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; there is nothing to add.
            let _ = thread.join();
        }
    }
}
