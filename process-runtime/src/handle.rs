//! The front for other threads: handles to a supervisor.

use std::path::{Path, PathBuf};
use std::process::Command;

use watchers::{Module, ModuleError, TaskId, TaskSnapshot, Unloaded};

use crate::child::Child;
use crate::engine::{Attach, Attached, Engine, EngineError, Guest, Matching};
use crate::error::{Error, ErrorKind};
use crate::notify::{NotifyError, Resumption};
use crate::spawn::{self, Launcher};
use crate::tracer::{Line, Tracer};

/// A way to a [`Supervisor`](crate::Supervisor) for other threads, and for what outlives a borrow of it.
#[derive(Clone, Debug)]
pub struct Handle {
    line: Line,
    /// None: the tree was attached to.
    launcher: Option<Launcher>,
}

impl Handle {
    pub(crate) fn new(line: Line, launcher: Option<Launcher>) -> Handle {
        Handle { line, launcher }
    }

    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    /// Runs `command` under the supervisor.
    ///
    /// It is seized and filtered before its exec, and gets what the caller has: descriptors 0 to 2, signal
    /// mask and dispositions, limits, process group; what Rust's runtime changed of these is undone. The
    /// command's own `pre_exec` steps run before it is traced.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`]: an init watcher said no. [`ErrorKind::Spawn`]: the stage says where, the
    /// errno why (ENOENT, EACCES at exec); in a host that ignores SIGCHLD, not of a failure before it is traced.
    /// [`ErrorKind::Attached`]: the handle is that of an [`Attachment`](crate::Attachment). [`ErrorKind::Gone`],
    /// [`ErrorKind::WouldDeadlock`].
    pub fn spawn(&self, command: Command) -> Result<Child, Error> {
        let launcher = self.launcher.as_ref().ok_or(ErrorKind::Attached)?;
        spawn::spawn(&self.line, launcher, command)
    }

    /// Every task that lives now, in no order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Gone`], [`ErrorKind::WouldDeadlock`].
    pub fn tasks(&self) -> Result<Vec<TaskSnapshot>, Error> {
        self.line.ask(|tracer| tracer.snapshot())
    }

    /// Attaches an engine to a task, for what happens to it from here on.
    ///
    /// System calls, and the exit, are reported from the task's next stop on; if it runs, it is stopped for this at once. One that
    /// waits in a system call is not woken: what comes after that call is reported.
    ///
    /// ```no_run
    /// use std::process::Command;
    /// use process_runtime::{Attach, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Supervisor};
    /// use watchers::ExitStatus;
    ///
    /// struct LastWords;
    ///
    /// impl Engine for LastWords {
    ///     fn events(&self) -> EngineEvents {
    ///         EngineEvent::Exit.into()
    ///     }
    ///
    ///     fn report_exit(&mut self, at: &mut Report<'_>, status: ExitStatus) -> ResumeAction {
    ///         eprintln!("{:?} in {:?}: {status}", at.task().tid(), at.stopped().and_then(|task| task.cwd()));
    ///         ResumeAction::Resume
    ///     }
    /// }
    ///
    /// let supervisor = Supervisor::builder().start()?;
    /// let mut child = supervisor.spawn(Command::new("make"))?;
    /// for task in supervisor.tasks()? {
    ///     supervisor.handle().attach(task.id, LastWords, Attach::Shared)?;
    /// }
    /// child.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EngineError::NoSuchTask`]: it is gone, or the supervisor is. [`EngineError::Exists`]: there is such an engine.
    /// [`EngineError::WouldDeadlock`]: from a watcher or a callback; these have [`TaskExt::attach`](crate::TaskExt::attach).
    #[doc(alias = "utrace_attach_pid")]
    pub fn attach(&self, task: TaskId, engine: impl Engine, how: Attach) -> Result<Attached, EngineError> {
        let guest = Guest::new(engine);
        self.ask_for_engines(move |tracer| tracer.attach(task, guest, how))
    }

    /// Has `work` done when the task is about to be in user mode, before its next instruction there, and once.
    ///
    /// | the task | the work is done |
    /// |---|---|
    /// | runs in user mode | at once |
    /// | is in a system call, or waits in one | when that ends by itself: it is not woken, and never answers EINTR because of this |
    /// | has a signal to take | behind that: the frame of a handler is on the stack |
    /// | is stopped, with its group or by an engine | when it runs again |
    /// | makes an exec | before the new program's first instruction |
    /// | ends first | at its exit ([`Way::ToExit`](crate::Way::ToExit)) |
    /// | is killed without a stop | when it is gone ([`Way::Gone`](crate::Way::Gone)) |
    ///
    /// Work that is added before a task has come to that is done in the same stop, in order; so is what the work itself adds
    /// ([`TaskExt::notify_resume`](crate::TaskExt::notify_resume)), before the task runs: work that always adds more keeps it
    /// stopped for ever. A task that is killed with its supervisor has its work done all the same; only a supervisor that
    /// breaks down drops it.
    ///
    /// How tasks are made to stop is a choice of the supervisor: see [`NotifyBy`](crate::NotifyBy). A command before its exec
    /// is not a task yet whose work is done.
    ///
    /// ```no_run
    /// use std::process::Command;
    /// use process_runtime::{Role, Supervisor};
    ///
    /// let supervisor = Supervisor::builder().start()?;
    /// let mut child = supervisor.spawn(Command::new("make"))?;
    /// for task in supervisor.tasks()? {
    ///     supervisor.handle().notify_resume(task.id, |at| {
    ///         let instruction = at.stopped().map(|task| task.register(Role::Instruction));
    ///         eprintln!("{:?} goes on at {instruction:x?}", at.task().tid());
    ///     })?;
    /// }
    /// child.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotifyError::NoSuchTask`]: it is gone or has passed its exit, or the supervisor is gone.
    /// [`NotifyError::WouldDeadlock`]: from a watcher or a callback.
    #[doc(alias("TIF_NOTIFY_RESUME", "set_notify_resume", "task_work_add"))]
    pub fn notify_resume(
        &self,
        task: TaskId,
        work: impl FnOnce(&mut Resumption<'_>) + Send + 'static,
    ) -> Result<(), NotifyError> {
        let asked = self.line.ask(move |tracer| tracer.notify_resume(task, Box::new(work)));
        asked.unwrap_or_else(|error| match error.kind() {
            ErrorKind::WouldDeadlock => Err(NotifyError::WouldDeadlock),
            _ => Err(NotifyError::NoSuchTask),
        })
    }

    /// The first engine of a task that is meant.
    ///
    /// # Errors
    ///
    /// [`EngineError::NotFound`]: there is none. Otherwise as [`attach`](Handle::attach).
    pub fn find_engine(&self, task: TaskId, these: Matching) -> Result<Attached, EngineError> {
        self.ask_for_engines(move |tracer| tracer.find_engine(task, these))
    }

    fn ask_for_engines<T: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Tracer) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.line.ask(request).unwrap_or_else(|error| match error.kind() {
            ErrorKind::WouldDeadlock => Err(EngineError::WouldDeadlock),
            _ => Err(EngineError::NoSuchTask),
        })
    }

    /// Loads the module in this file and calls its watchers from here on, behind those of the program and of the modules that are
    /// there; see [`watchers::Module`].
    ///
    /// Tasks that live already are told of from here on: there is no `init` or `clone` of theirs. Where the module watches `init`, `uid`,
    /// `gid` or `creds` and nobody did when their command was started, all their system calls stop from their next stop on, which is
    /// slow, and as long as anybody watches that; [`Builder::reserve`](crate::Builder::reserve) prepares commands for it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Module`], with a [`watchers::ModuleError`] as source: nothing is loaded. [`ErrorKind::Gone`],
    /// [`ErrorKind::WouldDeadlock`].
    pub fn load_module(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let module = Module::load(path).map_err(|error| Error::module(path, error))?;
        self.line.ask(|tracer| tracer.load(module))?.map_err(|error| Error::module(path, error))
    }

    /// Stops calling the watchers of the module in this file, or that was loaded by this path, drops its data of every task, and lets go of it. None of its watchers
    /// runs when this answers.
    ///
    /// What a module has put elsewhere leads nowhere then, and is not noticed: a reference to its statics in data of the program, a thread
    /// of its own; see *Unloading* at [`watchers::Module`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Module`] if it is not loaded. [`ErrorKind::Gone`], [`ErrorKind::WouldDeadlock`] from a watcher.
    pub fn unload_module(&self, path: impl AsRef<Path>) -> Result<Unloaded, Error> {
        let path = path.as_ref();
        let name = path.to_owned();
        let module = self.line.ask(move |tracer| tracer.unload(&name).map(Module::unload))?;
        module.ok_or_else(|| Error::module(path, ModuleError::Absent))
    }

    /// The files of the modules that are loaded, in that order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Gone`], [`ErrorKind::WouldDeadlock`].
    pub fn modules(&self) -> Result<Vec<PathBuf>, Error> {
        self.line.ask(|tracer| tracer.modules())
    }

    /// Calls the watchers of this name from here on, whatever was said of them before; names are as in
    /// [`Builder::without`](crate::Builder::without).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Selection`] if nobody has the name. [`ErrorKind::Gone`], [`ErrorKind::WouldDeadlock`].
    pub fn enable(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        Ok(self.line.ask(move |tracer| tracer.enable(&name))??)
    }

    /// Does not call the watchers of this name from here on. A command that starts while nobody watches an event is not prepared for it:
    /// see [`load_module`](Self::load_module).
    ///
    /// # Errors
    ///
    /// As [`enable`](Self::enable).
    pub fn disable(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.line.ask(move |tracer| tracer.disable(&name))?
    }

    /// Lets everybody go, and ends the supervisor: all live on, and no system call, signal or stop shows that there was one. Returns
    /// when nobody is traced any more. From a watcher it takes effect after the current event.
    ///
    /// Nothing is told of those who live on: no `exit`, no `free`. Their task data is dropped. Engines are detached, without
    /// a report, and what they hold goes on. What was asked for and has not been told yet is not told.
    ///
    /// Children that were spawned stay children of this process, which has to wait for them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Filtered`]: the tree was not spawned as [detachable](crate::Builder::detachable), and goes on under the supervisor.
    /// [`ErrorKind::Gone`].
    #[doc(alias = "PTRACE_DETACH")]
    pub fn let_go(&self) -> Result<(), Error> {
        self.line.let_go()
    }

    /// Kills every task, and what they make before they die. Does not wait for their deaths. From a watcher
    /// it takes effect after the current event.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Gone`].
    pub fn kill_tree(&self) -> Result<(), Error> {
        match self.line.ask(|tracer| tracer.kill_all()) {
            Err(error) if error.kind() == ErrorKind::WouldDeadlock => {
                self.line.post(|tracer| tracer.kill_all())
            }
            other => other,
        }
    }
}
