//! The front: a supervisor.

use std::process::Command;
use std::thread::JoinHandle;

use watchers::TaskSnapshot;

use crate::builder::Builder;
use crate::child::Child;
use crate::error::Error;
use crate::handle::Handle;
use crate::spawn::Launcher;
use crate::tracer::Line;

/// Runs commands and calls watchers for every task that descends from them.
///
/// It owns two threads, a tracer and a launcher; the process may have any number of supervisors. Dropping
/// it kills what is left and waits for that; handles then answer [`ErrorKind::Gone`](crate::ErrorKind::Gone), and a [`Child`] has the
/// status of its command: that of SIGKILL, unless it had ended before.
///
/// One rule for the host: no plain wait on `-1` (`wait(2)`, `waitpid(-1, …)`): it would take the tracer's
/// statuses. Waiting for one's own children by pid is fine.
///
/// ```no_run
/// use std::process::Command;
/// use process_runtime::Supervisor;
///
/// let supervisor = Supervisor::builder().start()?;
/// let mut first = supervisor.spawn(Command::new("true"))?;
/// let mut second = supervisor.spawn(Command::new("false"))?;
/// assert!(first.wait()?.success());
/// assert_eq!(second.wait()?.code(), Some(1));
/// supervisor.finish()?;
/// # Ok::<(), process_runtime::Error>(())
/// ```
#[derive(Debug)]
pub struct Supervisor {
    handle: Handle,
    tracer: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// How to make one.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(line: Line, launcher: Launcher, tracer: JoinHandle<()>) -> Supervisor {
        Supervisor { handle: Handle::new(line, Some(launcher)), tracer: Some(tracer) }
    }

    /// A handle, which does not keep the supervisor alive.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// See [`Handle::spawn`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn spawn(&self, command: Command) -> Result<Child, Error> {
        self.handle.spawn(command)
    }

    /// See [`Handle::tasks`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn tasks(&self) -> Result<Vec<TaskSnapshot>, Error> {
        self.handle.tasks()
    }

    /// See [`Handle::kill_tree`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn kill_tree(&self) -> Result<(), Error> {
        self.handle.kill_tree()
    }

    /// See [`Handle::let_go`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn let_go(&self) -> Result<(), Error> {
        self.handle.let_go()
    }

    /// Waits until the last task is gone, and ends.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WouldDeadlock`](crate::ErrorKind::WouldDeadlock) from a watcher of its own.
    pub fn finish(mut self) -> Result<(), Error> {
        self.handle.line().ask(|tracer| tracer.finish())?;
        self.join();
        Ok(())
    }

    fn join(&mut self) {
        if let Some(thread) = self.tracer.take() {
            // A tracer that panicked has taken its tree with it (PTRACE_O_EXITKILL).
            let _ = thread.join();
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if self.tracer.is_some() && self.handle.line().post(|tracer| tracer.shut_down()).is_ok() {
            match self.handle.line().is_here() {
                // A watcher drops its own supervisor: the thread ends by itself.
                true => drop(self.tracer.take()),
                false => self.join(),
            }
        }
    }
}
