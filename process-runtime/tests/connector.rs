//! Our events against the kernel's own record, the process events connector: the same forks, execs, changes
//! of ids and exits, none missing and none invented. Needs CAP_NET_ADMIN; says so where it is skipped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "support/mod.rs"]
mod support;

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use process_runtime::{Builder, TaskExt};
use watchers::{Event, EventSet, Ids, Task};

use support::{Feature, Mark, Mode, Session, lines, plain, require, tracee};

/// The kernel's record while it is being made.
struct Connector {
    listener: std::process::Child,
    lines: BufReader<ChildStdout>,
}

/// One line for each thing that happened, sorted: both sides' common language.
type Record = Vec<String>;

impl Connector {
    fn listen(mark: &Mark) -> Connector {
        let mut command = tracee("cnproc");
        mark.put_on(&mut command);
        let mut listener = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(listener.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        assert_eq!(first, "ready\n");
        Connector { listener, lines }
    }

    /// What happened to the tree of `root`, up to the end of its last task.
    fn record(mut self, root: i32) -> Record {
        let mut tree = Tree::new(root);
        let mut line = String::new();
        while !tree.has_ended() {
            line.clear();
            assert_ne!(
                self.lines.read_line(&mut line).unwrap(),
                0,
                "the connector ended, left: {:?}",
                tree.alive
            );
            assert!(!line.starts_with("overrun"), "the kernel dropped events: {line}");
            tree.take(line.trim());
        }
        self.listener.kill().unwrap();
        self.listener.wait().unwrap();
        tree.record.sort();
        tree.record
    }
}

/// Follows one tree through the record of the whole machine.
struct Tree {
    /// (tid, pid) of those who live.
    alive: HashSet<(i32, i32)>,
    root: i32,
    began: bool,
    record: Record,
}

impl Tree {
    fn new(root: i32) -> Tree {
        Tree { alive: HashSet::new(), root, began: false, record: Vec::new() }
    }

    fn has_ended(&self) -> bool {
        self.began && self.alive.is_empty()
    }

    fn is_ours(&self, pid: i32) -> bool {
        self.alive.iter().any(|(_, other)| *other == pid)
    }

    fn take(&mut self, line: &str) {
        let mut words = line.split(' ');
        let kind = words.next().unwrap_or_default();
        let numbers: Vec<i32> = words.map(|word| word.parse::<i64>().unwrap() as i32).collect();
        match (kind, numbers.as_slice()) {
            ("fork", &[_, _, tid, pid]) if tid == self.root && pid == self.root => {
                self.began = true;
                self.alive.insert((tid, pid));
            }
            ("fork", &[_, parent, tid, pid]) if self.is_ours(pid) || self.is_ours(parent) => {
                self.alive.insert((tid, pid));
                self.record.push(format!("fork {tid} {pid}"));
            }
            ("exit", &[tid, pid, code]) if self.alive.remove(&(tid, pid)) => {
                self.record.push(format!("exit {tid} {code}"));
            }
            ("exec", &[tid, pid]) if self.is_ours(pid) => self.record.push(format!("exec {tid}")),
            ("uid" | "gid", &[tid, pid, real, effective]) if self.is_ours(pid) => {
                self.record.push(format!("{kind} {tid} {real} {effective}"));
            }
            _ => {}
        }
    }
}

/// Our side of it.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Record>>);

impl Told {
    fn observing(&self, builder: Builder) -> Builder {
        let told = self.clone();
        builder.observe(EventSet::ALL, move |task, event, _| told.0.lock().unwrap().extend(line(task, event)))
    }

    fn record(&self) -> Record {
        let mut record = self.0.lock().unwrap().clone();
        record.sort();
        record
    }
}

/// What the kernel would say of `event`: it tells only changes of ids, with the real and the effective one.
fn line(task: &Task, event: Event<'_>) -> Option<String> {
    let tid = task.tid()?.as_raw();
    let changed = |kind: &str, old: &Ids, new: &Ids| {
        (old != new).then(|| format!("{kind} {tid} {} {}", new.real as i32, new.effective as i32))
    };
    match event {
        // Killed before it could stop: the kernel tells nobody whose it was.
        Event::Clone(_) if task.stopped().is_none() => Some(format!("fork {tid} dead")),
        Event::Clone(_) => Some(format!("fork {tid} {}", task.pid()?)),
        Event::Exec(_) => Some(format!("exec {tid}")),
        Event::Uid(uid) => changed("uid", &uid.old, &uid.new),
        Event::Gid(gid) => changed("gid", &gid.old, &gid.new),
        Event::Exit(exit) if exit.late => Some(format!("exit {tid} late")),
        Event::Exit(exit) => Some(format!("exit {tid} {}", exit.status.as_raw())),
        _ => None,
    }
}

/// Runs `command` and answers both records and what it printed.
fn both(mode: Mode, mut command: Command) -> (Record, Record, String) {
    let told = Told::default();
    let session = Session::start(told.observing(mode.builder()));
    let connector = Connector::listen(&session.mark);
    let output = tempfile::NamedTempFile::new().unwrap();
    command.stdout(output.reopen().unwrap());
    let mut child = session.spawn(command).unwrap();
    child.wait_tree().unwrap();
    let record = connector.record(child.id() as i32);
    session.finish();
    let mut ours = told.record();
    // The command itself was made by us: the kernel's record of its tree begins with it.
    ours.retain(|line| *line != format!("fork {0} {0}", child.id()));
    let kernels = without_what_nobody_can_know(record, &ours);
    (ours, kernels, fs::read_to_string(output.path()).unwrap())
}

/// KERNEL: where SIGKILL took the exit stop away, only the wait status is left, and that is the group's code
/// (kernel/exit.c `wait_task_zombie`), not the one of the thread. Where it took the first stop too, the task
/// is reaped before anybody can ask whose it is.
fn without_what_nobody_can_know(mut kernels: Record, ours: &Record) -> Record {
    let unknown = |line: &str| {
        let (what, _) = line.rsplit_once(' ')?;
        let blank = ["late", "dead"].into_iter().map(|word| format!("{what} {word}"));
        blank.into_iter().find(|line| ours.binary_search(line).is_ok())
    };
    for line in &mut kernels {
        if let Some(blank) = unknown(line) {
            *line = blank;
        }
    }
    kernels.sort();
    // And a change of ids that such a task was killed in.
    let is_untold = |line: &str| {
        let mut words = line.split(' ');
        let (kind, tid) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        matches!(kind, "uid" | "gid") && ours.binary_search(&format!("exit {tid} late")).is_ok()
    };
    // Each as often as it is too many: a thread may have changed them so before.
    for line in surplus(&kernels, ours).iter().filter(|line| is_untold(line)) {
        if let Some(at) = kernels.iter().position(|other| other == line) {
            kernels.remove(at);
        }
    }
    kernels
}

/// What is in `these` and not in `those`, each as often as it is too many.
fn surplus(these: &Record, those: &Record) -> Record {
    let mut rest = those.clone();
    let is_surplus = |line: &&String| match rest.iter().position(|other| other == *line) {
        Some(at) => {
            rest.swap_remove(at);
            false
        }
        None => true,
    };
    these.iter().filter(is_surplus).cloned().collect()
}

#[test]
fn of_thousands_of_lives() {
    if !require(Feature::Connector) {
        return;
    }
    let folder = tempfile::TempDir::new_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Executed in the plan: its ids change by exec.
    let set_uid = folder.path().join("set-uid");
    assert!(Command::new("cp").arg("/bin/true").arg(&set_uid).status().unwrap().success());
    chown(&set_uid, Some(7), Some(7)).unwrap();
    fs::set_permissions(&set_uid, fs::Permissions::from_mode(0o6755)).unwrap();
    let file = folder.path().join("plan");
    for (mode, seed) in [(Mode::Filter, 1), (Mode::SyscallStops, 2)] {
        let (plan, lives) = Planner(seed).plan(5_500);
        fs::write(&file, plan).unwrap();
        let mut command = tracee("plan");
        command.arg(&file).env("PROGRAM", &set_uid);
        let (ours, kernels, _) = both(mode, command);
        assert_eq!((surplus(&kernels, &ours), surplus(&ours, &kernels)), (vec![], vec![]), "{mode:?}");
        let forks = ours.iter().filter(|line| line.starts_with("fork")).count();
        assert!(forks >= 5_000 && forks <= lives, "{forks} of {lives}");
        for kind in ["exec", "uid", "gid", "exit"] {
            assert!(ours.iter().filter(|line| line.starts_with(kind)).count() > 300, "{mode:?} {kind}");
        }
    }
}

/// Deaths by SIGKILL at any moment, with threads: here too nothing is missing.
#[test]
fn of_a_storm() {
    if !require(Feature::Connector) {
        return;
    }
    for mode in Mode::ALL {
        let mut command = tracee("storm");
        command.args(["30", "60", "11"]);
        let (ours, kernels, _) = both(mode, command);
        assert_eq!((surplus(&kernels, &ours), surplus(&ours, &kernels)), (vec![], vec![]), "{mode:?}");
    }
}

/// A thread that is killed between a change of its ids and the end of that call: the change is told at its exit.
#[test]
fn of_ids_that_change_in_a_dying_thread() {
    if !require(Feature::Connector) {
        return;
    }
    for mode in Mode::ALL {
        let mut command = tracee("idkill");
        command.arg("400");
        let (ours, kernels, _) = both(mode, command);
        assert_eq!((surplus(&kernels, &ours), surplus(&ours, &kernels)), (vec![], vec![]), "{mode:?}");
        assert!(ours.iter().filter(|line| line.starts_with("gid")).count() > 100, "{mode:?}");
    }
}

/// io_uring's workers are forks and exits to the kernel, and nothing to ptrace: the one difference.
#[test]
fn of_a_program_with_kernel_workers() {
    if !require(Feature::Connector) || !require(Feature::IoUring) {
        return;
    }
    for mode in Mode::ALL {
        let (ours, kernels, printed) = both(mode, tracee("uring"));
        let workers: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("worker ")).collect();
        assert_eq!(workers.len(), 2, "{printed}");
        let is_workers = |line: &String| workers.contains(&line.split(' ').nth(1).unwrap_or_default());
        let missing = surplus(&kernels, &ours);
        assert_eq!(missing.iter().filter(|line| !is_workers(line)).count(), 0, "{mode:?} {missing:?}");
        let of_each = workers
            .iter()
            .map(|tid| missing.iter().filter(|line| line.split(' ').nth(1) == Some(*tid)).count());
        assert_eq!(of_each.collect::<Vec<_>>(), [2, 2], "a fork and an exit each");
        assert_eq!(surplus(&ours, &kernels), Record::new(), "{mode:?}");
        assert_eq!(
            lines(printed.lines().last().unwrap()),
            plain(tracee("uring")).stdout.0.last().map(lines).unwrap()
        );
    }
}

/// Makes plans for the tracee `plan`, the same for the same seed.
struct Planner(u64);

impl Planner {
    /// A number below `limit` (xorshift64*).
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % limit
    }

    /// A plan of at least `lives` lives, one subtree after the other, and how many it has.
    fn plan(&mut self, lives: usize) -> (String, usize) {
        let (mut plan, mut made) = (String::new(), 1);
        while made < lives {
            plan.push_str("f(");
            made += 1 + self.life(&mut plan, 4, 'p');
            plan.push(')');
        }
        plan.push('0');
        (plan, made)
    }

    /// The inside of a life of a process (`p`) or a thread (`t`), and how many lives it makes.
    fn life(&mut self, plan: &mut String, depth: u64, of: char) -> usize {
        let mut made = 0;
        for _ in 0..self.below(6) {
            let step = match self.below(16) {
                0..=2 => 'f',
                3..=4 => 'F',
                5..=6 => 't',
                7..=8 => 'T',
                9 => 'v',
                10 => 's',
                11 if of == 'p' => 'e',
                12 => 'u',
                13 => 'g',
                14 => 'n',
                _ => continue,
            };
            plan.push(step);
            match step {
                'f' | 'F' | 't' | 'T' => {
                    plan.push('(');
                    let of = if step.eq_ignore_ascii_case(&'f') { 'p' } else { 't' };
                    made += 1 + if depth > 0 { self.life(plan, depth - 1, of) } else { 0 };
                    plan.push(')');
                }
                'v' | 's' => made += 1,
                _ => {}
            }
        }
        if of == 'p' {
            match self.below(12) {
                0 => plan.push('k'),
                code => write!(plan, "{}", code % 10).unwrap(),
            }
        }
        made
    }
}
