//! A supervisor with a recorder and a watchdog.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use process_runtime::{Builder, Child, Error, Supervisor};
use watchers::EventSet;

use super::alive::Mark;
use super::lines::Lines;
use super::plain::{Output, Verdict};
use super::recorder::{Recorder, Trace};
use super::watchdog::Watchdog;

/// Both ways to have the stops of system calls; every pitfall is tried with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Filter,
    SyscallStops,
}

impl Mode {
    pub(crate) const ALL: [Mode; 2] = [Mode::Filter, Mode::SyscallStops];

    pub(crate) fn builder(self) -> Builder {
        match self {
            Mode::Filter => Supervisor::builder(),
            Mode::SyscallStops => Supervisor::builder().without_filter(),
        }
    }
}

/// One supervisor and what it has told so far.
pub(crate) struct Session {
    pub(crate) supervisor: Supervisor,
    pub(crate) recorder: Recorder,
    pub(crate) mark: Mark,
    notices: Arc<Mutex<Vec<String>>>,
    watchdog: Watchdog,
}

impl Session {
    /// Adds a recorder of all events to `builder` and starts it.
    pub(crate) fn start(builder: Builder) -> Session {
        let recorder = Recorder::default();
        Session::watch(builder.observe(EventSet::ALL, recorder.observer()), recorder)
    }

    /// Starts `builder` as it is: nobody wants to know of events but who says so.
    pub(crate) fn without_recorder(builder: Builder) -> Session {
        Session::watch(builder, Recorder::default())
    }

    fn watch(builder: Builder, recorder: Recorder) -> Session {
        let notices: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = notices.clone();
        let builder = builder.on_notice(move |notice| {
            told.lock().unwrap_or_else(PoisonError::into_inner).push(notice.to_string())
        });
        let mark = Mark::new();
        let watchdog = Watchdog::watch(mark.clone(), recorder.clone());
        Session { supervisor: builder.start().unwrap(), recorder, mark, notices, watchdog }
    }

    /// Spawns `command` with the mark of this session.
    pub(crate) fn spawn(&self, mut command: Command) -> Result<Child, Error> {
        self.mark.put_on(&mut command);
        self.supervisor.spawn(command)
    }

    /// What was seen so far.
    pub(crate) fn trace(&self) -> Trace {
        self.recorder.trace()
    }

    /// Waits for the last task. Every life must have been told whole and nothing may be left alive.
    pub(crate) fn finish(self) -> (Trace, Vec<String>) {
        let Session { supervisor, recorder, mark, notices, watchdog } = self;
        let finished = supervisor.finish();
        let trace = recorder.trace();
        assert!(!watchdog.barked(), "killed by the watchdog:\n{trace}");
        finished.unwrap();
        sound(&trace, &mark);
        let notices = notices.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (trace, notices)
    }

    /// Drops the supervisor, which kills what is left. As [`finish`](Session::finish) otherwise.
    pub(crate) fn drop_it(self) -> Trace {
        let Session { supervisor, recorder, mark, watchdog, .. } = self;
        drop(supervisor);
        let trace = recorder.trace();
        assert!(!watchdog.barked(), "killed by the watchdog:\n{trace}");
        sound(&trace, &mark);
        trace
    }
}

fn sound(trace: &Trace, mark: &Mark) {
    assert_eq!(trace.faults(), Vec::<String>::new(), "in\n{trace}");
    assert_eq!(mark.alive(), Vec::<i32>::new(), "are left alive after\n{trace}");
    assert!(trace.count("exit") == trace.tasks.iter().filter(|life| life.tid > 0).count());
}

/// What one supervised command did.
pub(crate) struct Run {
    pub(crate) trace: Trace,
    pub(crate) verdict: Verdict,
    pub(crate) notices: Vec<String>,
}

impl Run {
    pub(crate) fn stdout(&self) -> &Lines {
        &self.verdict.stdout
    }
}

/// Runs one command to the end of its tree.
pub(crate) fn run(mode: Mode, command: Command) -> Run {
    run_with(mode.builder(), command)
}

/// As [`run`], with a supervisor of one's own.
pub(crate) fn run_with(builder: Builder, mut command: Command) -> Run {
    let output = Output::of(&mut command);
    let session = Session::start(builder);
    let mark = session.mark.clone();
    let status = session.spawn(command).and_then(|mut child| child.wait_tree());
    let (trace, notices) = session.finish();
    let verdict = output.verdict(status.unwrap_or_else(|error| panic!("{error}\n{trace}")), &mark);
    Run { trace, verdict, notices }
}
