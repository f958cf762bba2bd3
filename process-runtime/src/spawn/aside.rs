//! Programs that a watcher runs for itself.
//!
//! A child of the tracer thread would be seen by the tracer's wait and reaped there. So it is forked by a
//! thread of its own, which lives as long as the tracer.

use std::cell::RefCell;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::thread::Builder;
use std::{fmt, io};

use super::launcher::fork;
use crate::sys::signal::Mask;

thread_local! {
    static ASIDE: RefCell<Option<Aside>> = const { RefCell::new(None) };
}

type Job = (Command, SyncSender<io::Result<Child>>);

/// The tracer thread's way to the thread that forks for its watchers.
pub(crate) struct Aside {
    mask: Mask,
    jobs: Option<Sender<Job>>,
}

impl Aside {
    /// Says that the calling thread is a tracer; `mask` is what programs are to start with.
    pub(crate) fn prepare(mask: Mask) {
        ASIDE.set(Some(Aside { mask, jobs: None }));
    }

    fn jobs(&mut self) -> io::Result<&Sender<Job>> {
        if self.jobs.is_none() {
            let (jobs, queue) = channel::<Job>();
            let mask = self.mask;
            Builder::new().name("aside".to_owned()).spawn(move || {
                mask.install();
                for (mut command, answer) in queue {
                    let _ = answer.send(fork(&mut command));
                }
            })?;
            self.jobs = Some(jobs);
        }
        self.jobs.as_ref().ok_or_else(|| io::ErrorKind::Other.into())
    }
}

/// Runs a program that is no part of any supervised tree, from anywhere, in particular from a watcher or an
/// observer. The caller waits for it as usual. On other threads it is `command.spawn()`.
///
/// # Errors
///
/// As [`Command::spawn`].
pub fn spawn_aside(mut command: Command) -> io::Result<Child> {
    ASIDE.with_borrow_mut(|aside| match aside {
        None => command.spawn(),
        Some(aside) => {
            let (answer, answered) = sync_channel(1);
            let gone = || io::Error::other("the thread that forks for watchers is gone");
            aside.jobs()?.send((command, answer)).map_err(|_| gone())?;
            answered.recv().map_err(|_| gone())?
        }
    })
}

impl fmt::Debug for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aside")
    }
}
