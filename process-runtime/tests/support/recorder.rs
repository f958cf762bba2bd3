//! An observer that writes down every event, with tasks numbered in the order in which they appear.
//!
//! ```text
//! init 1>2 SIGCHLD     task 1 asks for a child, task 2          clone 1>2     it exists
//! exec 2 true          uid 2 0,0,0,0>1,1,1,1                    exit 2 code 0
//! free 2 code 0        free 2 denied | failed EAGAIN | restarted | killed
//! creds 2 groups       group_dead 2 code 0
//! found 1              found 1>2 dead       it was there; it was a dead leader
//! ```
//!
//! The end of a process is kept apart from the rest: each trace is checked for it, and few are about it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use watchers::{
    CloneFlags, Event, EventKind, ExecEvent, ExitStatus, FoundState, FreeEvent, Ids, Outcome, Stillborn,
    Task, TaskId,
};

use super::lines::{Lines, lines};

/// Shared with the tracer thread.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    numbers: HashMap<TaskId, usize>,
    trace: Trace,
}

/// What was seen, in order.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    pub(crate) entries: Vec<Entry>,
    /// For each task, by number - 1.
    pub(crate) tasks: Vec<Life>,
    /// Every `group_dead`, with the number of entries before it.
    pub(crate) ends: Vec<(usize, Entry)>,
}

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) task: usize,
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

/// What is known of one task besides its lines.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Life {
    pub(crate) tid: i32,
    pub(crate) pid: i32,
    pub(crate) thread: bool,
    pub(crate) group_dead: bool,
}

impl Recorder {
    /// To be given to `Builder::observe`.
    pub(crate) fn observer(&self) -> impl FnMut(&Task, Event<'_>, &Outcome) + Send + 'static {
        let recorder = self.clone();
        move |task, event, outcome| recorder.lock().record(task, event, outcome)
    }

    /// What was seen so far.
    pub(crate) fn trace(&self) -> Trace {
        self.lock().trace.clone()
    }

    /// Tasks that were seen and that this process still traces.
    pub(crate) fn tracees(&self) -> Vec<i32> {
        let tracer = format!("TracerPid:\t{}", std::process::id());
        let traced = |tid: &i32| {
            let status = fs::read_to_string(format!("/proc/{tid}/status")).unwrap_or_default();
            *tid > 0 && status.lines().any(|line| line == tracer)
        };
        self.lock().trace.tasks.iter().map(|life| life.tid).filter(traced).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn record(&mut self, task: &Task, event: Event<'_>, outcome: &Outcome) {
        let number = self.number(task.id());
        let related = match task.parent_id() {
            Some(parent) => format!("{}>{number}", self.number(parent)),
            None => number.to_string(),
        };
        let life = &mut self.trace.tasks[number - 1];
        let tid = task.tid().map_or(0, |tid| tid.as_raw());
        let former = std::mem::replace(&mut life.tid, tid);
        life.pid = task.pid().map_or(0, |pid| pid.as_raw());
        if matches!(event.kind(), EventKind::Init | EventKind::Found) {
            life.thread = task.is_thread();
        }
        let rest = match event {
            Event::Init(init) => {
                let denied = outcome.refusal().map(|refusal| format!(" denied {}", refusal.errno));
                format!(
                    "{related}{}{}{}",
                    flags(task, init.flags),
                    late(init.late),
                    denied.unwrap_or_default()
                )
            }
            Event::Clone(_) => related,
            Event::Found(found) => format!("{related}{}", dead(found.state)),
            Event::Exec(exec) => {
                format!("{number} {}{}", program(exec), self.moved(number, exec, former, tid))
            }
            Event::Uid(uid) => format!("{number} {}>{}", ids(&uid.old), ids(&uid.new)),
            Event::Gid(gid) => format!("{number} {}>{}", ids(&gid.old), ids(&gid.new)),
            Event::Exit(exit) => {
                self.trace.tasks[number - 1].group_dead = exit.group_dead;
                format!("{number} {}{}", end(exit.status), late(exit.late))
            }
            Event::Free(free) => format!("{number} {}", freed(free)),
            Event::Creds(creds) => format!("{number} {}", creds.change),
            Event::GroupDead(group) => format!("{number} {}", end(group.status)),
            other => format!("{number} unknown {other:?}"),
        };
        let kind = event.kind().name();
        let entry = Entry { task: number, kind, text: format!("{kind} {rest}") };
        match event {
            Event::GroupDead(_) => self.trace.ends.push((self.trace.entries.len(), entry)),
            _ => self.trace.entries.push(entry),
        }
    }

    /// The number of a task; a new one for a task that was not seen before.
    fn number(&mut self, id: TaskId) -> usize {
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(id).or_insert(next);
        if self.trace.tasks.len() < number {
            self.trace.tasks.push(Life::default());
        }
        number
    }

    /// ` as 1` where another thread than the leader, task 1, has called and now has the leader's tid.
    fn moved(&self, number: usize, exec: &ExecEvent, former: i32, now: i32) -> String {
        let Some(old) = exec.old_tid.map(|tid| tid.as_raw()) else {
            return if former == now { String::new() } else { " from an unknown tid".to_owned() };
        };
        let leader = self.trace.tasks.iter().enumerate().rev();
        let mut leader = leader.filter(|(at, life)| *at != number - 1 && life.tid == now);
        match leader.next() {
            Some((at, _)) if old == former => format!(" as {}", at + 1),
            _ => format!(" as nobody known ({former} said {old}, is {now})"),
        }
    }
}

/// The flags that tell one kind of fork from another; ` SIGCHLD` for a plain one, nothing for a root.
fn flags(task: &Task, flags: CloneFlags) -> String {
    const TOLD: [(u64, &str); 12] = [
        (CloneFlags::CLONE_VM, "CLONE_VM"),
        (CloneFlags::CLONE_PTRACE, "CLONE_PTRACE"),
        (CloneFlags::CLONE_VFORK, "CLONE_VFORK"),
        (CloneFlags::CLONE_PARENT, "CLONE_PARENT"),
        (CloneFlags::CLONE_THREAD, "CLONE_THREAD"),
        (CloneFlags::CLONE_UNTRACED, "CLONE_UNTRACED"),
        (CloneFlags::CLONE_NEWUSER, "CLONE_NEWUSER"),
        (CloneFlags::CLONE_NEWPID, "CLONE_NEWPID"),
        (CloneFlags::CLONE_NEWNS, "CLONE_NEWNS"),
        (CloneFlags::CLONE_PIDFD, "CLONE_PIDFD"),
        (CloneFlags::CLONE_CLEAR_SIGHAND, "CLONE_CLEAR_SIGHAND"),
        (CloneFlags::CLONE_INTO_CGROUP, "CLONE_INTO_CGROUP"),
    ];
    if task.parent_id().is_none() {
        return String::new();
    }
    let names = TOLD.iter().filter(|(bit, _)| flags.contains(*bit)).map(|(_, name)| (*name).to_owned());
    let all: Vec<String> = names.chain(flags.exit_signal().map(|signal| signal.to_string())).collect();
    format!(" {}", if all.is_empty() { "0".to_owned() } else { all.join("|") })
}

fn dead(state: FoundState) -> &'static str {
    if state == FoundState::ZombieLeader { " dead" } else { "" }
}

fn late(late: bool) -> &'static str {
    if late { " late" } else { "" }
}

fn ids(ids: &Ids) -> String {
    format!("{},{},{},{}", ids.real, ids.effective, ids.saved, ids.fs)
}

/// The file name as given to exec, without the hash of a tracee.
fn program(exec: &ExecEvent) -> String {
    let Some(path) = exec.path() else { return "?".to_owned() };
    let name = Path::new(&path).file_name().unwrap_or(&path).to_string_lossy().into_owned();
    match name.rsplit_once('-') {
        Some((stem, hash)) if hash.len() == 16 => stem.to_owned(),
        _ => name,
    }
}

fn end(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("code {code}"),
        (None, Some(signal)) => signal.to_string(),
        (None, None) => format!("{:#x}", status.as_raw()),
    }
}

fn freed(free: &FreeEvent) -> String {
    match (free.status, free.stillborn) {
        (Some(status), None) => end(status),
        (None, Some(Stillborn::Denied)) => "denied".to_owned(),
        (None, Some(Stillborn::Failed(errno))) => format!("failed {errno}"),
        (None, Some(Stillborn::Restarted)) => "restarted".to_owned(),
        (None, Some(Stillborn::Killed)) => "killed".to_owned(),
        other => format!("{other:?}"),
    }
}

impl Trace {
    /// Every line, in the order in which things happened.
    pub(crate) fn whole(&self) -> Lines {
        Lines(self.entries.iter().map(|entry| entry.text.clone()).collect())
    }

    /// Every line, the ends of processes too.
    pub(crate) fn with_ends(&self) -> Lines {
        let mut all = self.entries.clone();
        for (at, end) in self.ends.iter().rev() {
            all.insert(*at, end.clone());
        }
        Lines(all.into_iter().map(|entry| entry.text).collect())
    }

    /// The lines of each task together, tasks in the order of their numbers: what must be the same in every
    /// run where tasks run side by side.
    pub(crate) fn by_task(&self) -> Lines {
        let of = |number| self.entries.iter().filter(move |entry| entry.task == number);
        Lines((1..=self.tasks.len()).flat_map(of).map(|entry| entry.text.clone()).collect())
    }

    /// The lines of the events of one kind.
    pub(crate) fn of_kind(&self, kind: &str) -> Lines {
        Lines(
            self.entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.text.clone()).collect(),
        )
    }

    /// How many events of one kind there were.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.entries.iter().filter(|entry| entry.kind == kind).count()
    }

    /// What is wrong with the whole of it: each task must have one `init` first and one `free` last, and in
    /// between one `clone` and one `exit` if it lived; the last `exit` of a group says so, and its end is told right
    /// after its last `free`.
    pub(crate) fn faults(&self) -> Vec<String> {
        let told = self.told();
        let unsound = told.iter().enumerate().filter(|(_, kinds)| !is_a_life(kinds));
        let mut faults: Vec<String> =
            unsound.map(|(at, kinds)| format!("task {}: {}", at + 1, kinds.join(" "))).collect();
        faults.extend(self.faults_of_groups());
        faults
    }

    /// As [`faults`](Self::faults) of a tree that was let go: whose end was not told lives on.
    pub(crate) fn faults_of_lives(&self) -> Vec<String> {
        let is_begun = |kinds: &[&str]| match kinds {
            [.., "free"] => is_a_life(kinds),
            ["found", inner @ ..] | ["init", "clone", inner @ ..] => !inner.contains(&"found"),
            kinds => kinds == ["init"],
        };
        let told = self.told().into_iter().enumerate().filter(|(_, kinds)| !is_begun(kinds));
        told.map(|(at, kinds)| format!("task {}: {}", at + 1, kinds.join(" "))).collect()
    }

    /// The kinds of events of each task.
    fn told(&self) -> Vec<Vec<&'static str>> {
        let mut told = vec![Vec::new(); self.tasks.len()];
        for entry in &self.entries {
            told[entry.task - 1].push(entry.kind);
        }
        told
    }

    fn faults_of_groups(&self) -> Vec<String> {
        let unborn = self.ends.iter().filter(|(_, end)| self.tasks[end.task - 1].tid == 0);
        let mut faults: Vec<String> = unborn.map(|(_, end)| format!("{} never lived", end.text)).collect();
        let mut groups: BTreeMap<i32, Group<'_>> = BTreeMap::new();
        for (at, life) in self.tasks.iter().enumerate().filter(|(_, life)| life.pid > 0) {
            groups.entry(life.pid).or_default().members.push((at + 1, life));
        }
        for (at, entry) in self.entries.iter().enumerate() {
            if let Some(group) = groups.get_mut(&self.tasks[entry.task - 1].pid) {
                group.entries.push((at, entry));
            }
        }
        for (at, end) in &self.ends {
            if let Some(group) = groups.get_mut(&self.tasks[end.task - 1].pid) {
                group.ends.push((*at, end));
            }
        }
        faults.extend(groups.values().flat_map(Group::faults));
        faults
    }
}

/// All that had one pid, at one time or another.
#[derive(Default)]
struct Group<'a> {
    members: Vec<(usize, &'a Life)>,
    entries: Vec<(usize, &'a Entry)>,
    ends: Vec<(usize, &'a Entry)>,
}

impl Group<'_> {
    fn faults(&self) -> Vec<String> {
        let members: Vec<usize> = self.members.iter().map(|(number, _)| *number).collect();
        let leaders = self.members.iter().filter(|(_, life)| !life.thread && life.tid > 0);
        let processes = leaders.filter(|(number, _)| !self.is_successor(*number)).count();
        let last = self.members.iter().filter(|(_, life)| life.group_dead).count();
        let ends = self.ends.len();
        let miscounted = ((last, ends) != (processes, processes)).then(|| {
            format!("tasks {members:?} are {processes} processes, but {last} times the last of one, and {ends} ended")
        });
        let early = self.ends.iter().filter(|(at, _)| !is_end_of(&self.entries, *at));
        let early = early.map(|(_, end)| format!("{} is not after all of {members:?}", end.text));
        miscounted.into_iter().chain(early).collect()
    }
}

impl Group<'_> {
    /// Whether it was found as the leader of a process that others were known of, and whose end was not told: it has called exec.
    fn is_successor(&self, number: usize) -> bool {
        let Some(first) = self.entries.iter().position(|(_, entry)| entry.task == number) else {
            return false;
        };
        let (before, after) = self.entries.split_at(first);
        let Some(((last, _), (place, entry))) = before.last().zip(after.first()) else { return false };
        entry.kind == "found" && !self.ends.iter().any(|(at, _)| last < at && at <= place)
    }
}

/// One `init` first and one `free` last, and in between one `clone` and one `exit` if the task has lived.
fn is_a_life(kinds: &[&str]) -> bool {
    match kinds {
        ["init", "free"] => true,
        ["init", "clone", inner @ .., "exit", "free"] | ["found", inner @ .., "exit", "free"] => {
            inner.iter().all(|kind| ["exec", "uid", "gid", "creds"].contains(kind))
        }
        _ => false,
    }
}

/// Whether a `free` of one of these entries comes right before this place, and nothing of those who have begun
/// comes after it. (Others may have the pid later.)
fn is_end_of(own: &[(usize, &Entry)], at: usize) -> bool {
    let (before, after) = own.split_at(own.partition_point(|(place, _)| *place < at));
    let began: BTreeSet<usize> = before.iter().map(|(_, entry)| entry.task).collect();
    before.last().is_some_and(|(place, entry)| place + 1 == at && entry.kind == "free")
        && !after.iter().any(|(_, entry)| began.contains(&entry.task))
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.whole())
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.whole())
    }
}
