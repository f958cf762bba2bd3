//! What a watcher can see of a stopped task: registers, memory, and the files of /proc. What it can read as values, and
//! change, is in `access`; what it can have the task do is in `remote`.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use watchers::{Credentials, Errno, Origin, Pid, Task, Tid, Times};

use crate::arch::{self, Registers};
use crate::engine::{Attach, Attached, Engine, EngineError, Guest, Roster, Standing};
use crate::notify::{Notified, NotifyError, Resumption, Spaces};
use crate::proc::{self, Status};
use crate::remote::Detours;
use crate::sys::memory;

/// Reaches the stopped task behind a [`Task`].
///
/// ```
/// use process_runtime::TaskExt;
/// use watchers::{ExecEvent, Task, task_watcher};
///
/// #[task_watcher(exec)]
/// fn where_it_runs(task: &Task, _exec: &ExecEvent) {
///     if let Some(stopped) = task.stopped() {
///         eprintln!("{:?} in {:?}", stopped.exe(), stopped.cwd());
///     }
/// }
/// ```
pub trait TaskExt {
    /// The task, if it is stopped for the current event. In `init` the child does not exist yet: ask its
    /// `parent()`. In `free` nothing is left.
    fn stopped(&self) -> Option<Inspect<'_>>;

    /// Attaches an engine to the task, which has to be stopped for the current event. For others there is
    /// [`Handle::attach`](crate::Handle::attach).
    ///
    /// # Errors
    ///
    /// [`EngineError::NoSuchTask`]: it is not stopped. [`EngineError::Exists`]: there is such an engine.
    #[doc(alias = "utrace_attach_task")]
    fn attach(&self, engine: impl Engine, how: Attach) -> Result<Attached, EngineError>;

    /// Has `work` done before the task is in user mode: see [`Handle::notify_resume`](crate::Handle::notify_resume). The task
    /// has to be stopped for the current event, or for work of its own.
    ///
    /// # Errors
    ///
    /// [`NotifyError::NoSuchTask`]: it is not stopped.
    #[doc(alias = "task_work_add")]
    fn notify_resume(
        &self,
        work: impl FnOnce(&mut Resumption<'_>) + Send + 'static,
    ) -> Result<(), NotifyError>;
}

impl TaskExt for Task {
    fn stopped(&self) -> Option<Inspect<'_>> {
        let (tid, pid) = (self.tid()?, self.pid()?);
        let origin = self.origin::<StopOrigin>()?;
        origin.holds(tid).then_some(Inspect { tid, pid, origin })
    }

    fn attach(&self, engine: impl Engine, how: Attach) -> Result<Attached, EngineError> {
        let stopped = self.stopped().ok_or(EngineError::NoSuchTask)?;
        let roster = Roster::here().ok_or(EngineError::NoSuchTask)?;
        roster.attach(self.id(), (stopped.tid, stopped.pid, Standing::Stopped), Guest::new(engine), how)
    }

    fn notify_resume(
        &self,
        work: impl FnOnce(&mut Resumption<'_>) + Send + 'static,
    ) -> Result<(), NotifyError> {
        let notified = self.stopped().and(Notified::here()).ok_or(NotifyError::NoSuchTask)?;
        notified.add(self.id(), Box::new(work));
        Ok(())
    }
}

/// A view of one stopped task, which it cannot resume. Lives as long as the borrow of its [`Task`].
#[derive(Debug)]
pub struct Inspect<'t> {
    pub(crate) tid: Tid,
    pub(crate) pid: Pid,
    pub(crate) origin: &'t StopOrigin,
}

impl Inspect<'_> {
    /// The user-mode registers.
    ///
    /// # Errors
    ///
    /// ESRCH: it was killed meanwhile.
    pub fn registers(&self) -> Result<Registers, Errno> {
        arch::registers(self.tid)
    }

    /// Reads memory from `address`; fewer bytes than asked for where the mapping ends.
    ///
    /// # Errors
    ///
    /// EFAULT: nothing is mapped there. EPERM: the task is not dumpable and we are not privileged. ESRCH: it
    /// was killed meanwhile.
    pub fn read(&self, address: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        let read = memory::read(self.tid, address, buffer)?;
        if let Some(bytes) = buffer.get_mut(..read) {
            self.origin.spaces.conceal(self.pid, address, bytes);
        }
        Ok(read)
    }

    /// Its working directory; `None` where it may not be read.
    pub fn cwd(&self) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/cwd", self.tid)).ok()
    }

    /// The file that it executes.
    pub fn exe(&self) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/exe", self.tid)).ok()
    }

    /// Its environment as it was at exec.
    pub fn environ(&self) -> Option<Vec<OsString>> {
        strings(self.tid, "environ")
    }
}

/// The NUL-terminated strings of one file of /proc.
pub(crate) fn strings(tid: Tid, file: &str) -> Option<Vec<OsString>> {
    let bytes = fs::read(format!("/proc/{tid}/{file}")).ok()?;
    let list = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    Some(list.split(|byte| *byte == 0).map(|string| OsString::from_vec(string.to_vec())).collect())
}

/// Where a supervisor's tasks come from: knows who is stopped for the event being told. One for all tasks
/// of a supervisor.
#[derive(Debug, Default)]
pub(crate) struct StopOrigin {
    stopped: Cell<[Option<Tid>; 2]>,
    /// A signal is about to be delivered to it.
    delivering: Cell<bool>,
    /// Somebody besides watchers has had to do with a task: an engine, work, a remote call. One flag, because every stop asks.
    other_business: Cell<bool>,
    pub(crate) detours: Detours,
    pub(crate) spaces: Spaces,
}

impl StopOrigin {
    /// These tasks are stopped, until told otherwise.
    pub(crate) fn hold(&self, stopped: [Option<Tid>; 2]) {
        self.stopped.set(stopped);
    }

    /// A signal is about to be delivered to who is looked at, or not; what was before.
    pub(crate) fn set_delivering(&self, delivering: bool) -> bool {
        self.delivering.replace(delivering)
    }

    /// Whether a signal is about to be delivered to who is looked at.
    pub(crate) fn is_delivering(&self) -> bool {
        self.delivering.get()
    }

    /// From here on every stop is looked at by more than watchers.
    pub(crate) fn begin_other_business(&self) {
        self.other_business.set(true);
    }

    /// Whether anybody has ever had business of their own with a task, besides watchers. In most supervisors nobody has.
    #[inline]
    pub(crate) fn has_other_business(&self) -> bool {
        self.other_business.get()
    }

    fn holds(&self, tid: Tid) -> bool {
        self.stopped.get().contains(&Some(tid)) && !self.detours.has_put_off(tid)
    }
}

impl Origin for StopOrigin {
    fn credentials(&self, task: &Task) -> Option<Credentials> {
        Status::read(task.tid()?)?.credentials()
    }

    fn times(&self, task: &Task) -> Option<Times> {
        proc::group_times(task.pid()?, task.tid()?)
    }

    fn ppid(&self, task: &Task) -> Option<Pid> {
        Status::read(task.tid()?)?.ppid()
    }
}
