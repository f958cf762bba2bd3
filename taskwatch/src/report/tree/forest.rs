//! What the tree report remembers: one [`Process`] per thread group that was ever born.
//!
//! In: observations. Out: processes in the order of their births, so that a parent always comes
//! before its children. Does not: decide what is shown.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use watchers::{Errno, Event, ExecEvent, ExitStatus, FreeEvent, Pid, Stillborn, Task, TaskId, Tid, Times};

use super::{Detail, Folding, Threads};
use crate::command_line::{CommandLine, Naming};
use crate::ledger;
use crate::report::{Observation, Refused};

/// As much of a command line as is kept: several rows of any terminal. `jsonl` has all of it.
const COMMAND_LIMIT: usize = 4096;

/// All processes of a run.
#[derive(Debug)]
pub(super) struct Forest {
    detail: Detail,
    processes: Vec<Process>,
    of_task: HashMap<TaskId, usize>,
}

/// One process, alive or dead.
#[derive(Debug)]
pub(super) struct Process {
    /// The process whose task made it.
    pub(super) parent: Option<usize>,
    pub(super) pid: Option<Pid>,
    pub(super) life: Life,
    pub(super) status: Option<ExitStatus>,
    pub(super) times: Option<Times>,
    /// The names of the programs that it ran before the last one.
    pub(super) former: Vec<String>,
    /// The command line that it ran in the end; `None` if it never executed anything.
    pub(super) command: Option<CommandLine>,
    /// The name of the program that it is a copy of, until it executes one of its own.
    pub(super) program: Option<Arc<str>>,
    pub(super) n_threads: u32,
    /// The threads, where they are shown.
    pub(super) threads: Vec<Thread>,
    pub(super) refusals: Vec<Refusal>,
}

/// A thread besides the leader.
#[derive(Debug)]
pub(super) struct Thread {
    task: TaskId,
    pub(super) tid: Option<Tid>,
    pub(super) life: Life,
}

/// When something began and ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    born: Duration,
    ended: Option<Duration>,
}

/// Forks of one process that came to nothing, for one reason.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) times: u32,
}

/// Why a fork came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// A watcher said so.
    Watcher(Refused),
    /// The kernel said so.
    Kernel(Errno),
}

impl Life {
    fn from(born: Duration) -> Life {
        Life { born, ended: None }
    }

    /// How long it lasted, if the end was seen.
    pub(super) fn span(self) -> Option<Duration> {
        self.ended.map(|ended| ended.saturating_sub(self.born))
    }
}

impl Process {
    fn new(parent: Option<usize>, program: Option<Arc<str>>, task: &Task, born: Duration) -> Process {
        Process {
            parent,
            pid: task.pid(),
            life: Life::from(born),
            status: None,
            times: None,
            former: Vec::new(),
            command: None,
            program,
            n_threads: 0,
            threads: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// Whether it ended, and badly.
    pub(super) fn has_failed(&self) -> bool {
        self.status.is_some_and(|status| !status.success())
    }

    /// Whether both did the same, and nothing that is worth a line of its own.
    pub(super) fn is_like(&self, other: &Process) -> bool {
        let is_plain = |process: &Process| {
            process.status.is_some_and(|status| status.success())
                && process.refusals.is_empty()
                && process.threads.is_empty()
        };
        is_plain(self)
            && is_plain(other)
            && (&self.command, &self.former, self.n_threads)
                == (&other.command, &other.former, other.n_threads)
    }

    fn refused(&mut self, reason: Reason) {
        match self.refusals.iter_mut().find(|refusal| refusal.reason == reason) {
            Some(refusal) => refusal.times += 1,
            None => self.refusals.push(Refusal { reason, times: 1 }),
        }
    }
}

impl Forest {
    /// No process yet.
    pub(super) fn new(detail: Detail) -> Forest {
        Forest { detail, processes: Vec::new(), of_task: HashMap::new() }
    }

    /// The processes, parents first.
    pub(super) fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// Takes in what happened.
    pub(super) fn grow(&mut self, seen: &Observation<'_>) {
        match seen.event {
            Event::Init(_) => self.refused(seen.task, seen.refusal.map(Reason::Watcher)),
            Event::Clone(_) => self.born(seen),
            Event::Found(_) => self.found(seen),
            Event::Exec(event) => self.executed(seen, event),
            Event::Exit(event) => self.exited(seen, event.status),
            Event::Free(event) => self.freed(seen, event),
            _ => {}
        }
    }

    fn process_of(&mut self, task: TaskId) -> Option<&mut Process> {
        self.processes.get_mut(*self.of_task.get(&task)?)
    }

    fn refused(&mut self, task: &Task, reason: Option<Reason>) {
        let creator = task.parent_id().and_then(|creator| self.process_of(creator));
        if let (Some(creator), Some(reason)) = (creator, reason) {
            creator.refused(reason);
        }
    }

    fn born(&mut self, seen: &Observation<'_>) {
        let task = seen.task;
        let creator = task.parent_id().and_then(|creator| self.of_task.get(&creator).copied());
        match creator.and_then(|index| self.processes.get_mut(index)) {
            Some(process) if task.is_thread() => {
                process.n_threads += 1;
                if self.detail.threads == Threads::Shown {
                    process.threads.push(Thread {
                        task: task.id(),
                        tid: task.tid(),
                        life: Life::from(seen.at),
                    });
                }
                self.of_task.extend(creator.map(|index| (task.id(), index)));
            }
            _ => {
                self.of_task.insert(task.id(), self.processes.len());
                let program = creator.and_then(|index| self.processes.get(index)?.program.clone());
                self.processes.push(Process::new(creator, program, task, seen.at));
            }
        }
    }

    /// As if it had been made now, and had executed what it runs.
    fn found(&mut self, seen: &Observation<'_>) {
        self.born(seen);
        let naming = self.naming();
        let argv = seen.argv.as_ref().filter(|argv| !argv.is_empty());
        if let Some((process, argv)) = self.process_of(seen.task.id()).zip(argv) {
            let command = CommandLine::new(argv, naming, COMMAND_LIMIT);
            process.program = Some(command.name().into());
            process.command = Some(command);
        }
    }

    fn naming(&self) -> Naming {
        if self.detail.folding == Folding::Folded { Naming::Short } else { Naming::AsCalled }
    }

    fn executed(&mut self, seen: &Observation<'_>, event: &ExecEvent) {
        let naming = self.naming();
        let Some(process) = self.process_of(seen.task.id()) else { return };
        // An exec by another thread than the leader frees the leader first: the process lives on.
        process.life.ended = None;
        process.status = None;
        process.threads.retain(|thread| thread.task != seen.task.id());
        let command = match &seen.argv {
            Some(argv) if !argv.is_empty() => CommandLine::new(argv, naming, COMMAND_LIMIT),
            // A program may be called with no name at all, and memory may be out of reach.
            _ => CommandLine::new(&[event.path().unwrap_or_else(|| "?".into())], naming, COMMAND_LIMIT),
        };
        // A wrapper that calls what it wraps by its own name (rustup's cargo, ccache) adds nothing to the story.
        let is_same = |former: &CommandLine| naming == Naming::Short && former.name() == command.name();
        if let Some(former) = process.command.take_if(|former| !is_same(former)) {
            process.former.push(former.name().to_owned());
        }
        process.program = Some(command.name().into());
        process.command = Some(command);
    }

    fn exited(&mut self, seen: &Observation<'_>, status: ExitStatus) {
        let leads = ledger::is_leader(seen.task);
        let Some(process) = self.process_of(seen.task.id()) else { return };
        process.times = seen.times.or(process.times);
        if leads {
            process.status = Some(status);
        }
        if let Some(thread) = process.threads.iter_mut().rfind(|thread| thread.task == seen.task.id()) {
            thread.life.ended = Some(seen.at);
        }
        process.life.ended = Some(seen.at);
    }

    fn freed(&mut self, seen: &Observation<'_>, event: &FreeEvent) {
        if let Some(Stillborn::Failed(errno)) = event.stillborn {
            return self.refused(seen.task, Some(Reason::Kernel(errno)));
        }
        if !ledger::is_leader(seen.task) {
            self.of_task.remove(&seen.task.id());
        } else if let Some(process) = self.process_of(seen.task.id()) {
            process.status = event.status.or(process.status);
            process.life.ended = process.life.ended.or(Some(seen.at));
        }
    }
}
