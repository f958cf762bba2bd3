//! Thousands of births at once, with refusals, limits, signals and kills among them: each life is told by
//! the protocol, and the counts are those of the program.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use process_runtime::Builder;
use watchers::{Errno, EventSet, InitEvent, Task, Verdict, task_watcher};

use super::ledger::Ledger;
use super::support::{Feature, Mark, Mode, PidsCgroup, Recorder, Watchdog, require, tracee};

/// How long a storm may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// Refuses one birth in ten, at random.
pub(crate) struct Whim(Cell<u64>);

impl Whim {
    pub(crate) fn new(seed: u64) -> Whim {
        Whim(Cell::new(seed * 2 + 1))
    }

    /// The next of a sequence that the seed decides (xorshift64).
    fn next(&self) -> u64 {
        let mut state = self.0.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.0.set(state);
        state
    }
}

/// Errnos that the kernel itself does not give here.
const ERRNOS: [Errno; 4] = [Errno::ENFILE, Errno::EPERM, Errno::EBUSY, Errno::EACCES];

#[task_watcher(init, order = 1)]
fn on_a_whim(task: &Task, init: &InitEvent) -> Verdict {
    let Some(whim) = task.data::<Whim>().filter(|_| !init.late && task.parent_id().is_some()) else {
        return Verdict::GO;
    };
    let (chance, errno) = (whim.next() >> 8, ERRNOS[(whim.next() >> 8) as usize % ERRNOS.len()]);
    match chance % 20 {
        0 => Verdict::deny(errno),
        1 => Verdict::stop(errno),
        _ => Verdict::GO,
    }
}

/// Runs `birthstorm` with these arguments to its end, and compares.
pub(crate) fn storm(builder: Builder, args: &[&str]) -> BTreeMap<String, usize> {
    let (ledger, mark) = (Ledger::default(), Mark::new());
    let watchdog = Watchdog::patient(PATIENCE, mark.clone(), Recorder::default());
    let supervisor = builder.observe(EventSet::ALL, ledger.observer()).start().unwrap();
    let output = tempfile::NamedTempFile::new().unwrap();
    let mut command = tracee("birthstorm");
    mark.put_on(&mut command);
    command.args(args).stdout(output.reopen().unwrap());
    let status = supervisor.spawn(command).unwrap().wait_tree();
    supervisor.finish().unwrap();
    assert!(!watchdog.barked(), "killed by the watchdog");
    assert_eq!((ledger.faults(), mark.alive()), (Vec::new(), Vec::new()));
    assert!(status.unwrap().success());
    let said = std::fs::read_to_string(output.path()).unwrap();
    assert_eq!(ledger.answers(), counts(&said), "{:?}", ledger.ends());
    ledger.ends()
}

/// Drops the supervisor of a storm without an end after so many births.
pub(crate) fn end_a_storm(builder: Builder, births: usize) -> Ledger {
    let (ledger, mark) = (Ledger::default(), Mark::new());
    let watchdog = Watchdog::watch(mark.clone(), Recorder::default());
    let supervisor = builder.observe(EventSet::ALL, ledger.observer()).start().unwrap();
    let mut command = tracee("birthstorm");
    mark.put_on(&mut command);
    command.arg("1000000");
    drop(supervisor.spawn(command).unwrap());
    ledger.wait_for_births(births);
    drop(supervisor);
    assert!(!watchdog.barked(), "killed by the watchdog");
    assert_eq!((ledger.faults(), mark.alive()), (Vec::new(), Vec::new()), "after {births} births");
    ledger
}

/// What the program counted: a name and a number in each line.
fn counts(said: &str) -> BTreeMap<String, usize> {
    let count = |line: &str| line.split_once(' ').map(|(name, n)| (name.to_owned(), n.parse().unwrap()));
    said.lines().filter_map(count).collect()
}

#[test]
fn twenty_thousand_births() {
    let ends = storm(Mode::Filter.builder().data(Whim::new(1)), &["20000", "1"]);
    let n = |name: &str| ends.get(name).copied().unwrap_or(0);
    assert!(n("denied") > 1000 && n("failed") > 1000 && n("restarted") > 100, "{ends:?}");
    assert!(n("SIGKILL") > 1000 && n("exit code 0") > 10_000, "{ends:?}");
}

#[test]
fn with_a_stop_at_each_call() {
    storm(Mode::SyscallStops.builder().data(Whim::new(2)), &["3000", "2"]);
}

/// Needs root, or a cgroup of one's own.
#[test]
fn in_a_pids_cgroup_that_is_too_small() {
    if !require(Feature::PidsCgroup) {
        return;
    }
    // The program itself has eight tasks.
    let cgroup = PidsCgroup::make(11).unwrap();
    let path = cgroup.path().to_str().unwrap();
    for (mode, seed) in Mode::ALL.into_iter().zip(["3", "4"]) {
        let ends = storm(mode.builder().data(Whim::new(3)), &["3000", seed, path]);
        // One call in sixteen has bad flags, and one no room by its rlimit.
        assert!(ends["failed"] > 600, "{mode:?} {ends:?}");
    }
}
