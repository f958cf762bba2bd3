//! Group-stops: a stopped task stays stopped until SIGCONT, and its parent hears of both.

use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use watchers::EventKind;

use super::same_with_and_without;
use super::support::{Mode, Session, tracee};

#[test]
fn a_stop_and_its_end_as_the_parent_sees_them() {
    for sig in ["19", "20", "21", "22"] {
        same_with_and_without("groupstop", &[sig, "0"]);
    }
}

#[test]
fn every_thread_stands_still() {
    same_with_and_without("groupstop", &["19", "7"]);
}

#[test]
fn stops_between_forks_births_and_execs() {
    for (mode, run) in same_with_and_without("stopfork", &["60"]) {
        // The two processes, and for each round a child and a thread.
        assert_eq!((run.trace.count("clone"), run.trace.count("exec")), (122, 61), "{mode:?}");
    }
}

#[test]
fn a_shell_and_its_jobs_on_a_terminal() {
    same_with_and_without("jobctl", &[]);
}

/// SIGSTOP that arrives while a task is held at an event: the stop begins after it, SIGCONT ends it.
#[test]
fn a_stop_that_begins_at_an_event() {
    for (mode, at) in
        Mode::ALL.into_iter().flat_map(|m| [EventKind::Clone, EventKind::Exec].map(|at| (m, at)))
    {
        let victim = Arc::new(Mutex::new(None));
        let found = victim.clone();
        let builder = mode.builder().observe(at, move |task, event, _| {
            let tid = task.tid().and_then(|tid| Pid::from_raw(tid.as_raw())).unwrap();
            let is_child = task.parent_id().is_some();
            if is_child && event.kind() == at {
                kill_process(tid, Signal::STOP).unwrap();
                *found.lock().unwrap() = Some(tid);
            }
        });
        let session = Session::start(builder);
        let mut command = tracee("makers");
        command.arg("spawn").stdout(std::process::Stdio::null());
        let mut child = session.spawn(command).unwrap();
        let pid = loop {
            if let Some(pid) = *victim.lock().unwrap() {
                break pid;
            }
            std::thread::yield_now();
        };
        // It has reached its group-stop when /proc says so and its tracer has put it to listen.
        while !matches!(state(pid), Some('t' | 'T')) {
            std::thread::yield_now();
        }
        assert_eq!(child.try_wait().unwrap(), None);
        kill_process(pid, Signal::CONT).unwrap();
        assert!(child.wait().unwrap().success(), "{mode:?} {at}");
        session.finish();
    }
}

fn state(pid: Pid) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[test]
fn a_stopped_tree_can_be_killed() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let (mut child, mut out) = super::host::tree(&session, &["2", "2", "2"]);
        super::host::wait_until_up(&mut out, 21);
        for task in session.supervisor.tasks().unwrap() {
            let pid = Pid::from_raw(task.pid.unwrap().as_raw()).unwrap();
            kill_process(pid, Signal::STOP).unwrap();
        }
        session.supervisor.kill_tree().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&child.wait_tree().unwrap()), Some(9));
        let (trace, _) = session.finish();
        assert_eq!(trace.count("exit"), 21);
    }
}
