//! The ledger: who lives, under which name, and the sums of a run.
//!
//! In: every observation, whatever the format of the report. Out: names for notes, times for the
//! `free` of a leader, totals for the last line. Does not: remember the dead.

use std::collections::HashMap;
use std::time::Duration;

use watchers::{Event, ExecEvent, ExitStatus, FreeEvent, Pid, Task, TaskId, Times};

use crate::command_line::{CommandLine, Naming};
use crate::report::Observation;

/// Enough of a command line to recognise it in a note.
const NAME_LIMIT: usize = 72;

/// Who lives, and the sums of a run.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    groups: HashMap<Pid, Group>,
    /// Tasks that are born and not yet freed.
    live: HashMap<TaskId, Pid>,
    totals: Totals,
}

/// A thread group that has not been freed.
#[derive(Debug)]
struct Group {
    name: String,
    times: Option<Times>,
}

/// Sums over a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// From the start to the end.
    pub(crate) wall: Duration,
    /// CPU time in user mode, of every thread group that has ended.
    pub(crate) user: Duration,
    /// CPU time in the kernel.
    pub(crate) system: Duration,
    /// The largest resident set of one process.
    pub(crate) max_rss_kib: u64,
    /// Processes made.
    pub(crate) processes: u64,
    /// Threads made besides.
    pub(crate) threads: u64,
    /// Processes that ended with another status than 0.
    pub(crate) failures: u64,
    /// Tasks that a watcher refused.
    pub(crate) refused: u64,
}

impl Ledger {
    /// The times to go with an event: the kernel has them while the last task of a group exits, and we
    /// keep them until its leader is freed.
    pub(crate) fn times(&self, task: &Task, event: Event<'_>) -> Option<Times> {
        match event {
            Event::Exit(exit) if exit.group_dead => task.times(),
            Event::Free(_) if is_leader(task) => self.groups.get(&task.pid()?)?.times,
            _ => None,
        }
    }

    /// Takes note of `seen`.
    pub(crate) fn record(&mut self, seen: &Observation<'_>) {
        self.totals.refused += u64::from(seen.refusal.is_some());
        match seen.event {
            Event::Clone(_) => self.born(seen.task),
            Event::Found(_) => self.found(seen),
            Event::Exec(event) => self.executed(seen, event),
            Event::Exit(event) if event.group_dead => self.spent(seen.task, seen.times),
            Event::Free(event) => self.freed(seen.task, event),
            _ => {}
        }
    }

    /// It is as if it had been made, and had executed what it runs.
    fn found(&mut self, seen: &Observation<'_>) {
        self.born(seen.task);
        let argv = seen.argv.as_ref().filter(|argv| !argv.is_empty());
        if let Some((group, argv)) = seen.task.pid().and_then(|pid| self.groups.get_mut(&pid)).zip(argv) {
            group.name = CommandLine::new(argv, Naming::Short, NAME_LIMIT).text().to_owned();
        }
    }

    fn born(&mut self, task: &Task) {
        let Some(pid) = task.pid() else { return };
        self.live.insert(task.id(), pid);
        if task.is_thread() {
            self.totals.threads += 1;
            return;
        }
        self.totals.processes += 1;
        let name = task.parent().and_then(|parent| self.name(parent.pid()?)).unwrap_or("?").to_owned();
        self.groups.insert(pid, Group { name, times: None });
    }

    fn executed(&mut self, seen: &Observation<'_>, event: &ExecEvent) {
        let Some(pid) = seen.task.pid() else { return };
        self.live.insert(seen.task.id(), pid);
        let argv = seen.argv.clone().filter(|argv| !argv.is_empty());
        let argv = argv.unwrap_or_else(|| vec![event.path().unwrap_or_else(|| "?".into())]);
        let name = CommandLine::new(&argv, Naming::Short, NAME_LIMIT).text().to_owned();
        self.groups.entry(pid).or_insert(Group { name: String::new(), times: None }).name = name;
    }

    fn spent(&mut self, task: &Task, times: Option<Times>) {
        let Some(times) = times else { return };
        self.totals.user += times.utime;
        self.totals.system += times.stime;
        self.totals.max_rss_kib = self.totals.max_rss_kib.max(times.maxrss_kib);
        if let Some(group) = task.pid().and_then(|pid| self.groups.get_mut(&pid)) {
            group.times = Some(times);
        }
    }

    fn freed(&mut self, task: &Task, event: &FreeEvent) {
        if self.live.remove(&task.id()).is_none() || !is_leader(task) {
            return;
        }
        if let Some(pid) = task.pid() {
            self.groups.remove(&pid);
        }
        self.totals.failures += u64::from(event.status.is_some_and(|status: ExitStatus| !status.success()));
    }

    /// What the process `pid` is called while it lives.
    pub(crate) fn name(&self, pid: Pid) -> Option<&str> {
        self.groups.get(&pid).map(|group| group.name.as_str())
    }

    /// Whether nobody is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// The processes that live, oldest pid first, with their names.
    pub(crate) fn living(&self) -> Vec<(Pid, String)> {
        let mut living: Vec<_> = self.groups.iter().map(|(pid, group)| (*pid, group.name.clone())).collect();
        living.sort_unstable();
        living
    }

    /// The sums so far, for a run that has taken `wall`.
    pub(crate) fn totals(&self, wall: Duration) -> Totals {
        Totals { wall, ..self.totals }
    }
}

/// Whether `task` stands for its process.
pub(crate) fn is_leader(task: &Task) -> bool {
    match (task.tid(), task.pid()) {
        (Some(tid), Some(pid)) => tid.as_raw() == pid.as_raw(),
        _ => false,
    }
}
