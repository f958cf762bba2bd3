//! A tree that was there before its supervisor.

use std::process::ExitStatus;
use std::sync::Arc;
use std::thread::JoinHandle;

use watchers::{Pid, TaskSnapshot};

use crate::child::Progress;
use crate::error::Error;
use crate::handle::Handle;
use crate::tracer::Line;

/// A process that ran already, and every task that descends from it, under a supervisor of their own; made by
/// [`Builder::attach`](crate::Builder::attach).
///
/// They do not notice. No call that waits is interrupted, a stopped process stays stopped, and whoever waits for one of them sees what
/// it would have seen. When the attachment is dropped they are [let go](Attachment::let_go), and if this process dies, so they are, too:
/// they are never killed.
///
/// Each task that is there is told as [`found`](watchers::FoundEvent), parents before children; what is born afterwards, as always. When
/// [`attach`](crate::Builder::attach) returns, nobody is missing who descends from the process by the kernel's parent links; that
/// includes children of forks that were under way, unless such a fork takes seconds.
/// This process itself, where it descends from the other, is left out, with all that descends from it. So is who cannot be attached to
/// (another user's, traced by somebody else): a [`Notice`](crate::Notice) says so.
///
/// What is watched has its price. Births, execs and deaths stop those who meet them, a signal stops whom it is delivered to. For `init`,
/// `uid`, `gid` and `creds` there can be no filter, so that every system call stops twice, from the first stop of a
/// task on. Until that a fork is told late, and nobody can refuse it; and a child that is made with CLONE_UNTRACED is not followed.
///
/// A child of this process can be attached to. Then nobody may wait for it meanwhile: a wait of any thread would take our statuses (see
/// [`Supervisor`](crate::Supervisor)). And its death is told to us alone.
///
/// ```no_run
/// use process_runtime::Supervisor;
/// use watchers::{Event, EventKind, EventSet, Pid};
///
/// let pid = Pid::from_raw(4711).expect("positive");
/// let attachment = Supervisor::builder()
///     .observe(EventSet::of([EventKind::Found, EventKind::Exec]), |task, event, _outcome| match event {
///         Event::Exec(exec) => eprintln!("{:?} runs {:?}", task.tid(), exec.argv()),
///         _ => eprintln!("{:?} is there", task.tid()),
///     })
///     .attach(pid)?;
/// std::thread::sleep(std::time::Duration::from_secs(10));
/// attachment.let_go();
/// # Ok::<(), process_runtime::Error>(())
/// ```
#[derive(Debug)]
pub struct Attachment {
    handle: Handle,
    progress: Arc<Progress>,
    tracer: Option<JoinHandle<()>>,
}

impl Attachment {
    /// By a tracer that was made for it.
    pub(crate) fn begin(line: Line, tracer: JoinHandle<()>, pid: Pid) -> Result<Attachment, Error> {
        let progress = Progress::new()?;
        let attachment = Attachment { handle: Handle::new(line, None), progress, tracer: Some(tracer) };
        let progress = attachment.progress.clone();
        attachment.handle.line().ask(move |tracer| tracer.attach_tree(pid, progress))??;
        attachment.handle.line().ask(|tracer| tracer.finish())?;
        Ok(attachment)
    }

    /// A handle, which does not keep the attachment: for its [`tasks`](Handle::tasks), for engines
    /// ([`attach`](Handle::attach)), for modules. It cannot [`spawn`](Handle::spawn).
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// See [`Handle::tasks`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn tasks(&self) -> Result<Vec<TaskSnapshot>, Error> {
        self.handle.tasks()
    }

    /// Waits until nobody of the tree is left: the status of the process that was attached to. None: it was let go, and lives
    /// on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WouldDeadlock`](crate::ErrorKind::WouldDeadlock) from a watcher of its own.
    pub fn wait(&self) -> Result<Option<ExitStatus>, Error> {
        self.progress.wait_for_the_tree()
    }

    /// Lets everybody go, as dropping it does; see [`Handle::let_go`].
    pub fn let_go(self) {}

    fn end(&mut self) {
        let Some(tracer) = self.tracer.take() else { return };
        // Gone: the tree has ended, or somebody else was faster.
        let _ = self.handle.let_go();
        if !self.handle.line().is_here() {
            let _ = tracer.join();
            self.handle.line().wait_for_the_end();
        }
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.end();
    }
}
