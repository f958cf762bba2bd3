//! The thread that forks commands.
//!
//! It is one thread that lives as long as its supervisor: the parent-death signal of a command fires when
//! the *thread* that made it ends (prctl(2), PR_SET_PDEATHSIG). It is not the tracer, which must answer
//! while `Command::spawn` waits for the exec.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::thread::Builder;
use std::{fmt, io};

use crate::sys::capability;

/// A command to fork, and whom to tell.
struct Job {
    command: Command,
    answer: SyncSender<io::Result<Child>>,
}

/// The way to the thread; dropping the last one ends it.
#[derive(Clone)]
pub(crate) struct Launcher(Sender<Job>);

impl Launcher {
    pub(crate) fn start() -> io::Result<Launcher> {
        let (jobs, queue) = channel();
        Builder::new().name("launcher".to_owned()).spawn(move || serve(&queue))?;
        Ok(Launcher(jobs))
    }

    /// Forks `command` some time soon. The answer comes when it has called exec, or failed to.
    pub(crate) fn launch(&self, command: Command, answer: SyncSender<io::Result<Child>>) {
        // An answer that is dropped says that the thread is gone.
        let _ = self.0.send(Job { command, answer });
    }
}

fn serve(queue: &Receiver<Job>) {
    // The gate ends this in each command; see `sys::capability`.
    capability::keep_over_setuid();
    for Job { mut command, answer } in queue {
        let spawned = fork(&mut command);
        // Closes the child's ends of its gate here, so that their readers see an end.
        drop(command);
        let _ = answer.send(spawned);
    }
}

/// As `command.spawn()`, with an error where that panics: a child that fails before its exec while SIGCHLD is
/// ignored cannot be waited for, which std does not expect. The reason is lost with it.
pub(super) fn fork(command: &mut Command) -> io::Result<Child> {
    let lost = |_| Err(io::Error::other("it failed before its exec, and SIGCHLD is ignored"));
    catch_unwind(AssertUnwindSafe(|| command.spawn())).unwrap_or_else(lost)
}

impl fmt::Debug for Launcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Launcher")
    }
}
