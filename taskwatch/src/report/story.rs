//! Tests only: runs that never happened, told event by event.

use std::ffi::OsString;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use watchers::{
    CloneEvent, CloneFlags, Errno, Event, ExecEvent, ExitEvent, ExitStatus, FreeEvent, GroupDeadEvent,
    InitEvent, Pid, Stillborn, Task, TaskId, Tid, Times,
};

use super::{Completeness, End, Observation, Outcome, Refused, Report};
use crate::ledger::{self, Ledger};
use crate::output::Output;
use crate::style::Palette;

/// What was written.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A run, told to one report. Each event takes a millisecond.
pub(super) struct Story {
    pub(super) report: Box<dyn Report>,
    ledger: Ledger,
    page: Page,
    clock: Duration,
    n_tasks: u64,
}

impl Story {
    pub(super) fn new<R: Report + 'static>(
        palette: Palette,
        width: Option<usize>,
        report: impl FnOnce(Output) -> R,
    ) -> Story {
        let page = Page::default();
        let report = Box::new(report(Output::new(Box::new(page.clone()), palette, width)));
        Story { report, ledger: Ledger::default(), page, clock: Duration::ZERO, n_tasks: 0 }
    }

    pub(super) fn tell(
        &mut self,
        task: &Task,
        event: Event<'_>,
        refusal: Option<Refused>,
        times: Option<Times>,
    ) {
        self.clock += Duration::from_millis(1);
        let argv = match event {
            Event::Exec(exec) => exec.argv(),
            _ => None,
        };
        let times = times.or_else(|| self.ledger.times(task, event));
        let mut seen = Observation { at: self.clock, task, event, refusal, argv, times, name: None };
        self.ledger.record(&seen);
        if matches!(event, Event::Exit(_)) && ledger::is_leader(task) {
            seen.name = task.pid().and_then(|pid| self.ledger.name(pid)).map(str::to_owned);
        }
        self.report.event(&seen);
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.clock += time;
    }

    fn unborn(&mut self, parent: Option<&Rc<Task>>, flags: CloneFlags) -> Rc<Task> {
        self.n_tasks += 1;
        let builder = Task::builder().id(TaskId::from_raw(self.n_tasks).unwrap());
        let builder = parent.into_iter().fold(builder, |builder, parent| builder.parent(parent));
        if flags.thread() { builder.thread().build() } else { builder.build() }
    }

    fn born(&mut self, parent: Option<&Rc<Task>>, flags: CloneFlags, tid: i32, pid: i32) -> Rc<Task> {
        let task = self.unborn(parent, flags);
        self.tell(&task, Event::Init(&InitEvent::new(flags)), None, None);
        task.bind(Tid::from_raw(tid).unwrap(), Pid::from_raw(pid).unwrap());
        self.tell(&task, Event::Clone(&CloneEvent::new(flags)), None, None);
        task
    }

    /// The command.
    pub(super) fn root(&mut self, argv: &[&str]) -> Rc<Task> {
        let task = self.born(None, CloneFlags::FORK, 100, 100);
        self.exec(&task, argv);
        task
    }

    pub(super) fn fork(&mut self, parent: &Rc<Task>) -> Rc<Task> {
        let pid = 100 + i32::try_from(self.n_tasks).unwrap();
        self.born(Some(parent), CloneFlags::FORK, pid, pid)
    }

    pub(super) fn thread(&mut self, parent: &Rc<Task>) -> Rc<Task> {
        let tid = 100 + i32::try_from(self.n_tasks).unwrap();
        let flags = CloneFlags::from_raw(CloneFlags::CLONE_THREAD | CloneFlags::CLONE_VM);
        self.born(Some(parent), flags, tid, parent.pid().unwrap().as_raw())
    }

    pub(super) fn exec(&mut self, task: &Task, argv: &[&str]) {
        self.exec_raw(task, argv.iter().map(OsString::from).collect());
    }

    pub(super) fn exec_raw(&mut self, task: &Task, argv: Vec<OsString>) {
        let path = argv.first().cloned().unwrap_or_default();
        self.tell(task, Event::Exec(&ExecEvent::new(path, argv)), None, None);
    }

    /// The last thread of a process, or its only one, ends.
    pub(super) fn end(&mut self, task: &Task, raw: i32) {
        let status = ExitStatus::from_raw(raw);
        let times = Times::new(Duration::from_millis(20), Duration::from_millis(10), 2048);
        self.tell(task, Event::Exit(&ExitEvent::new(status).with_group_dead()), None, Some(times));
        self.tell(task, Event::Free(&FreeEvent::died(status)), None, None);
        self.tell(task, Event::GroupDead(&GroupDeadEvent::new(status)), None, None);
    }

    /// A thread ends before others of its group.
    pub(super) fn end_thread(&mut self, task: &Task) {
        let status = ExitStatus::from_raw(0);
        self.tell(task, Event::Exit(&ExitEvent::new(status)), None, None);
        self.tell(task, Event::Free(&FreeEvent::died(status)), None, None);
    }

    /// Forks, executes and ends well.
    pub(super) fn run(&mut self, parent: &Rc<Task>, argv: &[&str]) {
        let task = self.fork(parent);
        self.exec(&task, argv);
        self.end(&task, 0);
    }

    pub(super) fn refuse(&mut self, parent: &Rc<Task>) {
        let task = self.unborn(Some(parent), CloneFlags::FORK);
        let refused = Refused { errno: Errno::EAGAIN, watcher: "max_tasks" };
        self.tell(&task, Event::Init(&InitEvent::new(CloneFlags::FORK)), Some(refused), None);
        self.tell(&task, Event::Free(&FreeEvent::stillborn(Stillborn::Denied)), None, None);
    }

    pub(super) fn fail(&mut self, parent: &Rc<Task>, stillborn: Stillborn) {
        let task = self.unborn(Some(parent), CloneFlags::FORK);
        self.tell(&task, Event::Init(&InitEvent::new(CloneFlags::FORK)), None, None);
        self.tell(&task, Event::Free(&FreeEvent::stillborn(stillborn)), None, None);
    }

    /// The report ends; all that was written.
    pub(super) fn written(&mut self, outcome: Outcome) -> String {
        let complete = if self.ledger.is_empty() { Completeness::Complete } else { Completeness::Partial };
        let end = End { at: self.clock, outcome, totals: self.ledger.totals(self.clock), complete };
        self.report.end(&end);
        let page = self.page.0.lock().unwrap();
        String::from_utf8(page.clone()).unwrap()
    }

    /// The same, of a command that ended so.
    pub(super) fn ended(&mut self, raw: i32) -> String {
        self.written(Outcome::Ended(ExitStatus::from_raw(raw)))
    }
}
