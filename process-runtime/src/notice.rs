//! What a supervisor has to say that is no event: what supervision cannot hide, and what went wrong.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use watchers::{Errno, Tid, WatcherInfo};

use crate::attach::Obstacle;

/// Something that a person should know. [`Display`](fmt::Display) is one sentence.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice {
    /// A task tried to trace another, or to be traced. A task has one tracer, and we are it, so the call
    /// fails with EPERM: gdb, strace, LeakSanitizer, a nested supervisor.
    #[non_exhaustive]
    NestedTracer {
        /// Who called.
        tid: Tid,
        /// The ptrace(2) request.
        request: &'static str,
    },
    /// A task asked for strict seccomp, which the kernel refuses (EINVAL) to a task that has a filter.
    #[non_exhaustive]
    StrictSeccomp {
        /// Who called.
        tid: Tid,
    },
    /// A set-user-id or set-group-id program ran without its ids, since its tracer is not privileged.
    #[non_exhaustive]
    SetIdIgnored {
        /// Who called exec.
        tid: Tid,
        /// The program.
        path: PathBuf,
    },
    /// A watcher panicked.
    #[non_exhaustive]
    WatcherPanicked {
        /// Which.
        watcher: &'static WatcherInfo,
        /// What it said.
        message: String,
        /// The task that the event was about.
        tid: Option<Tid>,
    },
    /// A value of a task's data panicked when it was made or dropped. The others of the task did not notice.
    #[non_exhaustive]
    DataPanicked {
        /// The type of the value.
        type_name: String,
        /// What it said.
        message: String,
    },
    /// An observer, or what `Builder::on_idle` was given, panicked; it is not called again.
    #[non_exhaustive]
    ObserverPanicked {
        /// What it said.
        message: String,
    },
    /// Work for a task's return to user mode panicked.
    #[non_exhaustive]
    WorkPanicked {
        /// What it said.
        message: String,
        /// The task whose it was.
        tid: Option<Tid>,
    },
    /// An engine panicked; it is detached.
    #[non_exhaustive]
    EnginePanicked {
        /// The type of the engine.
        engine: &'static str,
        /// What it said.
        message: String,
        /// The task that it was attached to.
        tid: Option<Tid>,
    },
    /// A callback of an engine took longer than [`Builder::report_slow`](crate::Builder::report_slow) allows.
    #[non_exhaustive]
    EngineSlow {
        /// The type of the engine.
        engine: &'static str,
        /// How long it took.
        took: Duration,
        /// The task that it is attached to.
        tid: Option<Tid>,
    },
    /// A watcher took longer than [`Builder::report_slow`](crate::Builder::report_slow) allows.
    #[non_exhaustive]
    WatcherSlow {
        /// Which.
        watcher: &'static WatcherInfo,
        /// How long it took.
        took: Duration,
        /// The task that the event was about.
        tid: Option<Tid>,
    },
    /// A task of a tree that was attached to is not traced, and neither is what it makes.
    #[non_exhaustive]
    LeftOut {
        /// Which task.
        tid: Tid,
        /// Why.
        obstacle: Obstacle,
    },
    /// A request of ours failed on a stopped task, which may have been lost.
    #[non_exhaustive]
    Lost {
        /// Which task.
        tid: Tid,
        /// What was asked.
        request: &'static str,
        /// What the kernel answered.
        errno: Errno,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::NestedTracer { tid, request } => write!(
                f,
                "task {tid} called {request}, which fails: a supervised task has its tracer already \
                 (gdb, strace, LeakSanitizer and nested supervisors cannot run here)"
            ),
            Notice::StrictSeccomp { tid } => write!(
                f,
                "task {tid} asked for strict seccomp, which fails: a supervised task has a filter already"
            ),
            Notice::SetIdIgnored { tid, path } => write!(
                f,
                "task {tid} ran {} without its set-id bits: only a privileged supervisor can keep them",
                path.display()
            ),
            Notice::WatcherPanicked { watcher, message, tid } => {
                write!(f, "the {} watcher {} panicked", watcher.event, watcher.name)?;
                if let Some(tid) = tid {
                    write!(f, " for task {tid}")?;
                }
                write!(f, ": {message}")
            }
            Notice::DataPanicked { type_name, message } => {
                write!(f, "task data of type {type_name} panicked: {message}")
            }
            Notice::ObserverPanicked { message } => write!(f, "an observer panicked: {message}"),
            Notice::EnginePanicked { engine, message, tid } => {
                write!(f, "an engine {engine} panicked")?;
                if let Some(tid) = tid {
                    write!(f, " for task {tid}")?;
                }
                write!(f, ": {message}")
            }
            Notice::WorkPanicked { message, tid } => {
                f.write_str("work for the return to user mode panicked")?;
                if let Some(tid) = tid {
                    write!(f, " of task {tid}")?;
                }
                write!(f, ": {message}")
            }
            Notice::EngineSlow { engine, took, tid } => {
                write!(f, "an engine {engine} took {took:?}")?;
                tid.map_or(Ok(()), |tid| write!(f, " for task {tid}"))
            }
            Notice::WatcherSlow { watcher, took, tid } => {
                write!(f, "the {} watcher {} took {took:?}", watcher.event, watcher.name)?;
                tid.map_or(Ok(()), |tid| write!(f, " for task {tid}"))
            }
            Notice::LeftOut { tid, obstacle } => write!(f, "task {tid} is left out: {obstacle}"),
            Notice::Lost { tid, request, errno } => write!(f, "{request} failed for task {tid}: {errno}"),
        }
    }
}
