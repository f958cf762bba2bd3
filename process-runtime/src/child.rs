//! A spawned command, as its owner sees it.

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::EventfdFlags;
use watchers::{Errno, Pid, Signal, Tid};

use crate::error::{Error, ErrorKind};
use crate::tracer;

/// A command that runs under a supervisor.
///
/// Dropping it does nothing, as with [`std::process::Child`]. It is readable (see [`AsFd`]) once
/// [`try_wait`](Child::try_wait) answers `Some`, so an event loop or `tokio::io::unix::AsyncFd` can wait
/// for it.
#[derive(Debug)]
pub struct Child {
    pub(crate) tid: Tid,
    pub(crate) pid: Pid,
    pub(crate) pidfd: OwnedFd,
    pub(crate) progress: Arc<Progress>,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<ChildStdout>,
    pub(crate) stderr: Option<ChildStderr>,
}

impl Child {
    /// Its pid in the supervisor's pid namespace.
    pub fn id(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// The same, as events name processes.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// The writing end of its standard input, if that was piped and not taken before.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    /// The reading end of its standard output, if that was piped and not taken before.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.stdout.take()
    }

    /// The reading end of its standard error, if that was piped and not taken before.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.stderr.take()
    }

    /// Waits for the command itself; what it left behind may live on. Closes our end of its standard input
    /// first, as std does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Gone`] if the supervisor ended without an answer, [`ErrorKind::WouldDeadlock`] on the
    /// supervisor's own thread.
    pub fn wait(&mut self) -> Result<ExitStatus, Error> {
        drop(self.stdin.take());
        self.progress.wait_until(State::has_ended)
    }

    /// As [`wait`](Child::wait), for this long at most. `None`: it has not ended.
    ///
    /// ```no_run
    /// # use std::{process::Command, time::Duration};
    /// # fn main() -> Result<(), process_runtime::Error> {
    /// # let supervisor = process_runtime::Supervisor::builder().start()?;
    /// let mut child = supervisor.spawn(Command::new("./test"))?;
    /// if child.wait_timeout(Duration::from_secs(1))?.is_none() {
    ///     supervisor.kill_tree()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`wait`](Child::wait).
    pub fn wait_timeout(&mut self, time: Duration) -> Result<Option<ExitStatus>, Error> {
        drop(self.stdin.take());
        self.progress.wait_at_most(time, State::has_ended)
    }

    /// Its status, if it has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Gone`] if the supervisor ended without an answer.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, Error> {
        let state = self.progress.lock();
        match (state.status, state.gone) {
            (Some(status), _) => Ok(Some(ExitStatus::from_raw(status))),
            (None, true) => Err(Error::from(ErrorKind::Gone)),
            (None, false) => Ok(None),
        }
    }

    /// Waits for the command and every task that descends from it; the status is the command's.
    ///
    /// # Errors
    ///
    /// As [`wait`](Child::wait).
    pub fn wait_tree(&mut self) -> Result<ExitStatus, Error> {
        drop(self.stdin.take());
        self.progress.wait_until(State::has_ended_with_its_tree)
    }

    /// As [`wait_tree`](Child::wait_tree), for this long at most. `None`: somebody lives.
    ///
    /// # Errors
    ///
    /// As [`wait`](Child::wait).
    pub fn wait_tree_timeout(&mut self, time: Duration) -> Result<Option<ExitStatus>, Error> {
        drop(self.stdin.take());
        self.progress.wait_at_most(time, State::has_ended_with_its_tree)
    }

    /// Sends it a signal. A command that has ended is left alone, without an error; its pid is never
    /// confused with another's.
    ///
    /// # Errors
    ///
    /// EPERM: a set-user-id program that we may not signal.
    pub fn signal(&self, signal: Signal) -> Result<(), Error> {
        match crate::sys::signal::send(self.pidfd.as_fd(), signal) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(errno) => Err(Error::os("pidfd_send_signal", errno).with_tid(self.tid)),
        }
    }

    /// Kills it (not what descends from it: see [`Handle::kill_tree`](crate::Handle::kill_tree)).
    ///
    /// # Errors
    ///
    /// As [`signal`](Child::signal).
    pub fn kill(&self) -> Result<(), Error> {
        self.signal(Signal::SIGKILL)
    }
}

impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.progress.ended.as_fd()
    }
}

/// What the tracer tells the owner of a [`Child`].
pub(crate) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
    ended: OwnedFd,
}

#[derive(Default)]
struct State {
    status: Option<i32>,
    tree_ended: bool,
    gone: bool,
    not_executed: Option<Errno>,
}

impl State {
    fn has_ended(&self) -> bool {
        self.status.is_some()
    }

    fn has_ended_with_its_tree(&self) -> bool {
        self.has_ended() && self.tree_ended
    }

    /// Whether it is to be waited for: it is not `ready`, and may be yet.
    fn may_become(&self, ready: impl Fn(&State) -> bool) -> bool {
        !ready(self) && !self.gone
    }

    /// What there is to say once nobody has to wait any more.
    fn answer(&self) -> Result<ExitStatus, Error> {
        self.status.map(ExitStatus::from_raw).ok_or_else(|| ErrorKind::Gone.into())
    }
}

impl Progress {
    pub(crate) fn new() -> Result<Arc<Progress>, Error> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let ended = rustix::event::eventfd(0, flags)
            .map_err(|errno| Error::os("eventfd", Errno::from_raw(errno.raw_os_error())))?;
        Ok(Arc::new(Progress { state: Mutex::default(), changed: Condvar::new(), ended }))
    }

    pub(crate) fn set_status(&self, status: watchers::ExitStatus) {
        self.lock().status.get_or_insert(status.as_raw());
        self.announce();
    }

    pub(crate) fn set_tree_ended(&self) {
        self.lock().tree_ended = true;
        self.changed.notify_all();
    }

    /// Its exec has failed. It ends before its owner has it.
    pub(crate) fn set_not_executed(&self, errno: Errno) {
        self.lock().not_executed = Some(errno);
    }

    /// Why its exec failed, if it did.
    pub(crate) fn not_executed(&self) -> Option<Errno> {
        self.lock().not_executed
    }

    /// No answer will come any more.
    pub(crate) fn set_gone(&self) {
        self.lock().gone = true;
        self.announce();
    }

    fn announce(&self) {
        self.changed.notify_all();
        // A counter that is full is readable all the same.
        let _ = rustix::io::write(&self.ended, &1u64.to_ne_bytes());
    }

    /// Waits until the tree has ended: the status of its first process. None: no answer will come.
    pub(crate) fn wait_for_the_tree(&self) -> Result<Option<ExitStatus>, Error> {
        match self.wait_until(State::has_ended_with_its_tree) {
            Err(error) if error.kind() == ErrorKind::Gone => Ok(None),
            other => other.map(Some),
        }
    }

    fn wait_until(&self, ready: impl Fn(&State) -> bool) -> Result<ExitStatus, Error> {
        tracer::refuse_on_tracer_thread()?;
        let waits = |state: &mut State| state.may_become(&ready);
        let state = self.changed.wait_while(self.lock(), waits).unwrap_or_else(PoisonError::into_inner);
        state.answer()
    }

    fn wait_at_most(
        &self,
        time: Duration,
        ready: impl Fn(&State) -> bool,
    ) -> Result<Option<ExitStatus>, Error> {
        tracer::refuse_on_tracer_thread()?;
        let waits = |state: &mut State| state.may_become(&ready);
        let waited = self.changed.wait_timeout_while(self.lock(), time, waits);
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() { Ok(None) } else { state.answer().map(Some) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("status", &self.lock().status).finish_non_exhaustive()
    }
}
