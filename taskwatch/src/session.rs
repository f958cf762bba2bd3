//! A session: the command while it runs, as signals and the end of the run meet it.
//!
//! Shared by the thread that waits and the one that reads signals.

use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use process_runtime::{Child, Error, Handle};
use watchers::Signal;

use crate::exit;
use crate::forward::{self, Kinship, Order, Stage};
use crate::jobs::Follower;
use crate::last_of_job::LastOfJob;
use crate::recorder::Recorder;
use crate::signals::{Received, Sender, Signals, Watch};

/// The command while it runs, and what it leaves behind.
#[derive(Debug)]
pub(crate) struct Session {
    recorder: Recorder,
    supervisor: Handle,
    child: Mutex<Child>,
    follower: Follower,
    stage: Mutex<Stage>,
    over: OnceLock<Instant>,
}

impl Session {
    /// A command that has just started.
    pub(crate) fn new(recorder: Recorder, supervisor: Handle, child: Child, last: LastOfJob) -> Session {
        let follower = Follower::new(child.pid(), last);
        Session {
            recorder,
            supervisor,
            child: Mutex::new(child),
            follower,
            stage: Mutex::new(Stage::Command),
            over: OnceLock::new(),
        }
    }

    /// Obeys signals, on a thread of its own.
    ///
    /// # Errors
    /// Those of making a thread.
    pub(crate) fn obey(self: Arc<Session>, signals: Signals) -> io::Result<Watch> {
        signals.each(move |received| self.received(received))
    }

    /// The status of the command, which has ended.
    ///
    /// # Errors
    /// Those of the supervisor, if it has lost the command.
    pub(crate) fn status(&self) -> Result<ExitStatus, Error> {
        lock(&self.child).wait()
    }

    /// The command has ended: signals are for the rest now.
    pub(crate) fn command_ended(&self) {
        *lock(&self.stage) = Stage::Rest;
    }

    /// Nobody is left: signals are for us now.
    pub(crate) fn over(&self) {
        self.over.get_or_init(Instant::now);
        *lock(&self.stage) = Stage::Over;
    }

    /// Says for whom we wait.
    pub(crate) fn name_the_rest(&self) {
        let Some(survivors) = self.recorder.survivors() else { return };
        let mut stage = lock(&self.stage);
        if *stage == Stage::Rest {
            *stage = Stage::RestNamed;
        }
        drop(stage);
        self.recorder.remark("waiting", &format!("waiting for {survivors}"));
    }

    /// Names those that live, and kills them.
    pub(crate) fn kill_the_rest(&self) {
        if let Some(survivors) = self.recorder.survivors() {
            self.recorder.remark("left_behind", &format!("killing {survivors}"));
            self.kill_all();
        }
    }

    /// Takes down a remark.
    pub(crate) fn remark(&self, what: &str, text: &str) {
        self.recorder.remark(what, text);
    }

    fn received(&self, received: Received) {
        let kinship = match received.sender {
            Sender::Process(Some(pid)) if self.recorder.knows(pid) => Kinship::Ours,
            Sender::Process(Some(pid)) if i64::from(pid.as_raw()) == i64::from(std::process::id()) => {
                Kinship::Own
            }
            _ => Kinship::Foreign,
        };
        let stage = *lock(&self.stage);
        self.carry_out(forward::order(received, kinship, stage));
    }

    fn carry_out(&self, order: Order) {
        match order {
            Order::Nothing => {}
            Order::Command(signal) => self.send(signal),
            Order::Everyone(signal) => {
                *lock(&self.stage) = Stage::RestAsked;
                self.send_everyone(signal);
            }
            Order::KillAll => self.kill_all(),
            Order::Stop(signal) => {
                signal.into_iter().for_each(|signal| self.send(signal));
                self.follower.stop_after_command();
            }
            Order::Continue => self.follower.go_on(|| self.send(Signal::SIGCONT)),
            Order::Die(signal) => {
                self.over.get().into_iter().for_each(|over| exit::die_of_another(signal, *over));
            }
        }
    }

    fn send(&self, signal: Signal) {
        if let Err(error) = lock(&self.child).signal(signal) {
            self.recorder.remark("signal", &format!("cannot forward {signal}: {error}"));
        }
    }

    fn send_everyone(&self, signal: Signal) {
        let Some(signal) = rustix::process::Signal::from_named_raw(signal.as_raw()) else { return };
        for pid in self.recorder.living() {
            if let Some(pid) = rustix::process::Pid::from_raw(pid.as_raw()) {
                // It may be gone, and it may belong to another user: there is nothing to be done about it.
                let _ = rustix::process::kill_process(pid, signal);
            }
        }
    }

    /// The supervisor kills also what is being born; but it may be held up by the reader of the report.
    fn kill_all(&self) {
        self.send_everyone(Signal::SIGKILL);
        if let Err(error) = self.supervisor.kill_tree() {
            self.recorder.remark("lost", &format!("cannot kill the tree: {error}"));
        }
    }
}

/// A panic while a lock was held leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
