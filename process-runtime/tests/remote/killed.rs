//! SIGKILL at every moment of a call: the answer is an error, and the death is told as any other.

use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use process_runtime::{CallError, TaskExt};
use rustix::process::{Pid, Signal, kill_process};
use watchers::{EventKind, EventSet, Task};

use super::caller::{Caller, called};
use super::support::{Mode, Session, lines, plain, run_with, tracee};

fn kill(task: &Task) {
    let pid = Pid::from_raw(task.pid().unwrap().as_raw()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

#[test]
fn before_the_call() {
    for (mode, at) in
        Mode::ALL.into_iter().flat_map(|mode| [EventKind::Clone, EventKind::Exec].map(|at| (mode, at)))
    {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = seen.clone();
        let builder = mode.builder().observe(at, move |task: &Task, _, _| {
            // A command that dies before its exec is a spawn error.
            if at == EventKind::Exec || task.parent().is_some() {
                kill(task);
                let stopped = task.stopped().unwrap();
                let answers = [0; 2].map(|_| stopped.call(libc::SYS_getpid, [0; 6]).unwrap_err().errno());
                told.lock().unwrap().push(answers);
            }
        });
        let run = run_with(builder, tracee("fork"));
        assert_eq!(*seen.lock().unwrap(), [[watchers::Errno::ESRCH; 2]], "{mode:?} {at}");
        let end = if at == EventKind::Exec { "signal 9" } else { "code 0" };
        assert_eq!(run.verdict.status, end, "{mode:?} {at}");
    }
}

/// Kills the process of `task` as soon as the task sleeps in a call.
fn kill_when_asleep(task: &Task) -> thread::JoinHandle<()> {
    let (tid, pid) = (task.tid().unwrap(), Pid::from_raw(task.pid().unwrap().as_raw()).unwrap());
    thread::spawn(move || {
        let sleeps = |stat: String| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S'));
        while !fs::read_to_string(format!("/proc/{tid}/stat")).is_ok_and(sleeps) {
            thread::yield_now();
        }
        kill_process(pid, Signal::KILL).unwrap();
    })
}

#[test]
fn in_a_call_that_blocks() {
    for (mode, at) in
        Mode::ALL.into_iter().flat_map(|mode| [EventKind::Init, EventKind::Clone].map(|at| (mode, at)))
    {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = seen.clone();
        let builder = mode.builder().observe(at, move |task: &Task, _, _| {
            let Some(parent) = task.parent() else { return };
            let subject = if at == EventKind::Init { &parent } else { task };
            let killer = kill_when_asleep(subject);
            let answer = subject.stopped().unwrap().call(libc::SYS_pause, [0; 6]);
            killer.join().unwrap();
            told.lock().unwrap().push((answer, subject.stopped().is_some()));
        });
        let run = run_with(builder, tracee("fork"));
        let (answer, _) = seen.lock().unwrap()[0];
        assert_eq!(answer, Err(CallError::Killed), "{mode:?} {at}");
        let ends = match at {
            EventKind::Init => "exit 1 SIGKILL\nfree 1 SIGKILL\ninit 1>2 SIGCHLD\nfree 2 killed",
            _ => "exit 1 code 0\nfree 1 code 0\ninit 1>2 SIGCHLD\nclone 1>2\nexit 2 SIGKILL\nfree 2 SIGKILL",
        };
        let told = lines(run.trace.by_task().to_string().replace(" late", ""));
        assert_eq!(told, lines(format!("init 1\nclone 1\nexec 1 fork\n{ends}")), "{mode:?} {at}");
    }
}

/// The leader's status is kept back until its threads are reaped, and by us: a wait for it alone would never
/// return. Nobody wants `exit` or `init` here, so that no exit stop announces the death.
#[test]
fn a_leader_whose_threads_live() {
    let id = rustix::process::getuid().as_raw();
    for mode in Mode::ALL {
        let seen = Arc::new(Mutex::new(None));
        let told = seen.clone();
        let builder = mode.builder().observe(EventKind::Uid, move |task: &Task, _, _| {
            if !task.is_thread() {
                let killer = kill_when_asleep(task);
                *told.lock().unwrap() = Some(task.stopped().unwrap().call(libc::SYS_pause, [0; 6]));
                killer.join().unwrap();
            }
        });
        let session = Session::without_recorder(builder);
        let mut command = tracee("setid");
        command.args(["threads:3".to_owned(), format!("setuid:{id}")]);
        let status = session.spawn(command).unwrap().wait_tree().unwrap();
        session.finish();
        assert_eq!(*seen.lock().unwrap(), Some(Err(CallError::Killed)), "{mode:?}");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{mode:?}");
    }
}

fn storm(args: &[&str]) -> Command {
    let (name, args) = args.split_first().unwrap();
    let mut command = tracee(name);
    command.args(args);
    command
}

/// Whole groups that are killed, and parents alone.
const GROUPS: [&[&str]; 2] = [&["storm", "10", "40", "1"], &["storm", "20", "4", "5"]];
const PARENTS: [&[&str]; 3] = [
    &["orphan_storm", "100", "24", "1", "fork"],
    &["orphan_storm", "100", "16", "2", "vfork"],
    &["orphan_storm", "100", "16", "3", "thread"],
];

#[test]
fn in_storms() {
    for (mode, args) in
        Mode::ALL.into_iter().flat_map(|mode| GROUPS.into_iter().chain(PARENTS).map(move |args| (mode, args)))
    {
        let expected = plain(storm(args));
        let (run, answers) = called(mode, storm(args));
        assert_eq!(run.verdict, expected, "{mode:?}");
        assert!(answers.values().flatten().all(|answer| answer != "wrong"), "{answers:?}");
    }
}

/// Without `exit` and `init` in the supervisor's interest, deaths have no stop.
#[test]
fn in_storms_without_exit_stops() {
    for args in GROUPS.into_iter().chain(PARENTS) {
        let caller = Caller::default();
        let events = [EventKind::Clone, EventKind::Exec].into_iter().collect::<EventSet>();
        let session = Session::without_recorder(caller.join(Mode::Filter.builder(), events));
        let status = session.spawn(storm(args)).unwrap().wait_tree().unwrap();
        session.finish();
        assert!(status.success());
        assert!(caller.answers().values().flatten().all(|answer| answer != "wrong"));
    }
}
