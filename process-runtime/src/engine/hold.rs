//! A task that waits for a decision.

use super::action::ResumeAction;
use super::attached::Attached;

/// Keeps a task stopped; dropping it lets the task go, if no other engine wants it stopped.
///
/// An engine takes it from its [`Report`](crate::Report::hold), gives it to whoever decides, and answers
/// [`ResumeAction::Stop`]. It is for that one stop: when the task runs again by other means, or is killed, dropping it
/// means nothing. SIGKILL ends every stop.
///
/// # Alternatives
///
/// A callback that blocks, or is `async`: the thread that calls it is the tracer of all tasks, and would hold them all
/// up; and a future would have to be polled there.
#[derive(Debug)]
#[must_use = "dropping it lets the task go"]
pub struct Hold {
    engine: Attached,
    n_releases: u64,
    then: ResumeAction,
}

impl Hold {
    pub(crate) fn new(engine: Attached, n_releases: u64) -> Hold {
        Hold { engine, n_releases, then: ResumeAction::Resume }
    }

    /// The engine that holds.
    pub fn engine(&self) -> &Attached {
        &self.engine
    }

    /// Lets the task go.
    pub fn release(self) {}

    /// Has the engines called once more before the task goes on, so that they can answer by what is known now: at the
    /// entry of a system call for that call, elsewhere with `report_quiesce`.
    #[doc(alias = "UTRACE_REPORT")]
    pub fn report(mut self) {
        self.then = ResumeAction::Report;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.engine.release(self.n_releases, self.then);
    }
}
