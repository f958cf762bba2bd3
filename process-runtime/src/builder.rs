//! How a supervisor is to be.

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use watchers::{
    DuplicateData, Event, EventSet, Module, Outcome, PanicPolicy, Pid, Selection, SharedData, Task,
};

use crate::attachment::Attachment;
use crate::deliver::{Observe, OnIdle, OnNotice};
use crate::error::Error;
use crate::interest::{Bond, Interest, Mode};
use crate::notice::Notice;
use crate::notify::NotifyBy;
use crate::spawn::Launcher;
use crate::supervisor::Supervisor;
use crate::tracer::{self, Plan};

/// Collects what a [`Supervisor`] is made with. Everything is checked in [`start`](Builder::start).
///
/// ```no_run
/// use std::process::Command;
/// use process_runtime::Supervisor;
/// use watchers::{Event, EventKind};
///
/// let status = Supervisor::builder()
///     .observe(EventKind::Exec, |task, event, _outcome| {
///         if let Event::Exec(exec) = event {
///             eprintln!("{:?} runs {:?}", task.tid(), exec.argv());
///         }
///     })
///     .run(Command::new("make"))?;
/// assert!(status.success());
/// # Ok::<(), process_runtime::Error>(())
/// ```
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    modules: Vec<PathBuf>,
    without: Vec<String>,
    only: Vec<String>,
    policy: PanicPolicy,
    observers: Vec<(EventSet, Option<Observe>)>,
    on_notice: Option<OnNotice>,
    on_idle: Option<OnIdle>,
    shared: SharedData,
    duplicate: Option<DuplicateData>,
    reserved: EventSet,
    patience: Option<Duration>,
    notify_by: NotifyBy,
    mode: Mode,
    bond: Bond,
}

impl Builder {
    pub(crate) fn new() -> Builder {
        Builder {
            modules: Vec::new(),
            without: Vec::new(),
            only: Vec::new(),
            policy: PanicPolicy::default(),
            observers: Vec::new(),
            on_notice: None,
            on_idle: None,
            shared: SharedData::new(),
            duplicate: None,
            reserved: EventSet::EMPTY,
            patience: None,
            notify_by: NotifyBy::default(),
            mode: Mode::Filter,
            bond: Bond::UntilDeath,
        }
    }

    /// A value that watchers of this supervisor find with [`Task::data`]. A second value of one type is an
    /// error of [`start`](Builder::start).
    pub fn data<T: Send + 'static>(mut self, value: T) -> Builder {
        if let Err(duplicate) = self.shared.insert(value) {
            self.duplicate.get_or_insert(duplicate);
        }
        self
    }

    /// Calls the watchers of the module in this file too, behind those of the program and of the modules before it; see
    /// [`watchers::Module`]. Names in [`without`](Builder::without) and [`only`](Builder::only) are of its watchers as well.
    pub fn module(mut self, path: impl Into<PathBuf>) -> Builder {
        self.modules.push(path.into());
        self
    }

    /// Leaves out the watchers of this name: the function's, any suffix of its path, or its explicit name.
    pub fn without(mut self, name: impl Into<String>) -> Builder {
        self.without.push(name.into());
        self
    }

    /// Keeps only the watchers of this name; several calls add up.
    pub fn only(mut self, name: impl Into<String>) -> Builder {
        self.only.push(name.into());
        self
    }

    /// Calls `observe` on the tracer thread after the watchers of each of `events`. An observer has no vote;
    /// one that panics is reported to [`on_notice`](Builder::on_notice) and not called again. So an assertion in it fails no test: send
    /// what it sees to the test's thread.
    pub fn observe(
        mut self,
        events: impl Into<EventSet>,
        observe: impl FnMut(&Task, Event<'_>, &Outcome) + Send + 'static,
    ) -> Builder {
        self.observers.push((events.into(), Some(Box::new(observe))));
        self
    }

    /// What a watcher's panic does; by default it is reported to [`on_notice`](Builder::on_notice) and ignored.
    pub fn panic_policy(mut self, policy: PanicPolicy) -> Builder {
        self.policy = policy;
        self
    }

    /// Prepares commands for events that nobody watches yet: their filter is fixed when they start.
    pub fn reserve(mut self, events: impl Into<EventSet>) -> Builder {
        self.reserved = self.reserved | events.into();
        self
    }

    /// Uses system-call stops instead of a seccomp filter: slower by two stops for every system call, but
    /// nothing is left in a task.
    pub fn without_filter(mut self) -> Builder {
        self.mode = Mode::SyscallStops;
        self
    }

    /// Spawns commands such that their trees can be [let go](crate::Handle::let_go): [without a filter](Builder::without_filter), and
    /// without PTRACE_O_EXITKILL.
    ///
    /// The second has a price, too: if this process is killed, its tasks live on. A supervisor that is dropped kills what is left, as
    /// always.
    #[doc(alias = "PTRACE_DETACH")]
    pub fn detachable(mut self) -> Builder {
        self.bond = Bond::Loose;
        self
    }

    /// Calls `tell` on the tracer thread for what is no event: see [`Notice`].
    pub fn on_notice(mut self, tell: impl FnMut(&Notice) + Send + 'static) -> Builder {
        self.on_notice = Some(Box::new(tell));
        self
    }

    /// Tells of watchers, and of callbacks of engines, that take longer than this: meanwhile all tasks that have stopped
    /// wait. See [`Notice::WatcherSlow`] and [`Notice::EngineSlow`]. Not told by default, when no clock is read either.
    pub fn report_slow(mut self, patience: Duration) -> Builder {
        self.patience = Some(patience);
        self
    }

    /// How tasks are stopped for [`Handle::notify_resume`](crate::Handle::notify_resume).
    pub fn notify_by(mut self, means: NotifyBy) -> Builder {
        self.notify_by = means;
        self
    }

    /// Calls `idle` on the tracer thread whenever no stop is waiting: the moment to flush. One that
    /// panics is not called again, and is told as [`Notice::ObserverPanicked`].
    pub fn on_idle(mut self, idle: impl FnMut() + Send + 'static) -> Builder {
        self.on_idle = Some(Box::new(idle));
        self
    }

    /// Makes the supervisor: checks and seals the tables of watchers, makes its threads.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Table`](crate::ErrorKind::Table): a watcher twice, or one missing that `expect!` names.
    /// [`ErrorKind::Selection`](crate::ErrorKind::Selection): a name that matches no watcher. [`ErrorKind::Data`](crate::ErrorKind::Data): two values of one
    /// type. [`ErrorKind::Module`](crate::ErrorKind::Module): a module that cannot be loaded. [`ErrorKind::Os`](crate::ErrorKind::Os): no thread, or no ptrace (EPERM).
    pub fn start(self) -> Result<Supervisor, Error> {
        let plan = self.plan()?;
        let launcher = Launcher::start().map_err(Error::no_thread)?;
        let (line, traces) = tracer::start(plan)?;
        Ok(Supervisor::new(line, launcher, traces))
    }

    /// Makes a supervisor for a process that runs already, and for every task that descends from it; see [`Attachment`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Attach`](crate::ErrorKind::Attach): the process cannot be attached to; the [`Obstacle`](crate::Obstacle) says why,
    /// and nothing has changed. Of its descendants, those that cannot be are left out, and told of as
    /// [`Notice::LeftOut`]. Otherwise as [`start`](Builder::start).
    #[doc(alias = "PTRACE_SEIZE")]
    #[doc(alias = "PTRACE_ATTACH")]
    pub fn attach(mut self, pid: Pid) -> Result<Attachment, Error> {
        self.bond = Bond::Attached;
        let (line, traces) = tracer::start(self.plan()?)?;
        Attachment::begin(line, traces, pid)
    }

    /// Everything is checked here.
    fn plan(self) -> Result<Plan, Error> {
        watchers::start()?;
        if let Some(duplicate) = self.duplicate {
            return Err(duplicate.into());
        }
        let selection = select(&self.modules, &self.without, &self.only)?;
        let observed = self.observers.iter().fold(EventSet::EMPTY, |all, (events, _)| all | *events);
        let interest =
            Interest::new(selection.events(), observed | self.reserved, self.mode).with_bond(self.bond);
        Ok(Plan {
            selection,
            policy: self.policy,
            observers: self.observers,
            on_notice: self.on_notice,
            on_idle: self.on_idle,
            shared: self.shared,
            patience: self.patience,
            notify_by: self.notify_by.for_a_tree(self.bond),
            interest,
        })
    }

    /// Runs one command and waits for it and everything that descends from it. Nobody reads what it writes into a pipe: for that, see
    /// [`Supervisor::spawn`] and [`Child::take_stdout`](crate::Child::take_stdout).
    ///
    /// # Errors
    ///
    /// Those of [`start`](Builder::start), [`Supervisor::spawn`] and [`crate::Child::wait_tree`].
    pub fn run(self, command: Command) -> Result<ExitStatus, Error> {
        let supervisor = self.start()?;
        let status = supervisor.spawn(command)?.wait_tree()?;
        supervisor.finish()?;
        Ok(status)
    }
}

fn select(modules: &[PathBuf], without: &[String], only: &[String]) -> Result<Selection, Error> {
    let mut selection = Selection::all()?;
    for path in modules {
        let loaded = Module::load(path).and_then(|module| selection.load(module));
        loaded.map_err(|error| Error::module(path, error))?;
    }
    for name in only {
        selection = selection.only(name)?;
    }
    for name in without {
        selection = selection.without(name)?;
    }
    Ok(selection)
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("without", &self.without)
            .field("only", &self.only)
            .field("observers", &self.observers.len())
            .finish_non_exhaustive()
    }
}
