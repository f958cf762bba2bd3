//! A spawned command in the hands of its owner.

use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use process_runtime::{Child, ErrorKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use watchers::{Pid, Signal};

use super::support::{Mode, Session, tracee};

fn readable(child: &Child, wait: bool) -> bool {
    let mut fds = [PollFd::new(child, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut fds, if wait { None } else { Some(&at_once) }).unwrap() == 1
}

fn cat() -> Command {
    let mut command = Command::new("/bin/cat");
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command
}

#[test]
fn is_readable_once_it_has_a_status() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let mut child = session.spawn(cat()).unwrap();
        assert!(!readable(&child, false));
        assert_eq!(child.try_wait().unwrap(), None);
        drop(child.take_stdin());
        assert!(readable(&child, true));
        assert!(child.try_wait().unwrap().unwrap().success());
        assert!(readable(&child, false), "stays so");
        assert!(child.wait().unwrap().success(), "and the status can be had again");
        session.finish();
        assert!(child.wait().unwrap().success(), "even when the supervisor is gone");
        let _ = child.as_fd();
    }
}

#[test]
fn is_waited_for_with_a_time_limit() {
    let (soon, late) = (Duration::from_millis(20), Duration::MAX);
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 1000 & read line; exit 3"]).stdin(Stdio::piped());
        let mut child = session.spawn(command).unwrap();
        let input = child.take_stdin();
        assert_eq!(child.wait_timeout(soon).unwrap(), None);
        assert_eq!(child.wait_timeout(Duration::ZERO).unwrap(), None);
        drop(input);
        assert_eq!(child.wait_timeout(late).unwrap().unwrap().code(), Some(3));
        assert_eq!(child.wait_tree_timeout(soon).unwrap(), None, "what it has left behind");
        session.supervisor.kill_tree().unwrap();
        assert_eq!(child.wait_tree_timeout(late).unwrap().unwrap().code(), Some(3));
        assert_eq!(child.wait_timeout(Duration::ZERO).unwrap().unwrap().code(), Some(3));
        session.finish();
    }
}

#[test]
fn a_wait_with_a_time_limit_closes_its_input() {
    let session = Session::start(Mode::Filter.builder());
    let mut child = session.spawn(cat()).unwrap();
    assert!(child.wait_timeout(Duration::MAX).unwrap().unwrap().success());
    session.finish();
}

#[test]
fn has_the_pid_that_the_program_sees() {
    let session = Session::start(Mode::Filter.builder());
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "echo $$"]).stdout(Stdio::piped());
    let mut child = session.spawn(command).unwrap();
    let text = std::io::read_to_string(child.take_stdout().unwrap()).unwrap();
    assert_eq!(text.trim().parse(), Ok(child.id()));
    assert_eq!(text.trim().parse().ok().and_then(Pid::from_raw), Some(child.pid()));
    assert_eq!(session.trace().tasks[0].tid.unsigned_abs(), child.id());
    child.wait().unwrap();
    session.finish();
}

#[test]
fn is_signalled_and_killed() {
    for (mode, signal) in
        Mode::ALL.into_iter().flat_map(|m| [Signal::SIGTERM, Signal::SIGKILL].map(|s| (m, s)))
    {
        let session = Session::start(mode.builder());
        let mut child = session.spawn(cat()).unwrap();
        child.signal(signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(signal.as_raw()));
        // It has ended: nobody else's pid is hit.
        child.signal(signal).unwrap();
        child.kill().unwrap();
        session.finish();
    }
}

/// What a command leaves behind lives on after wait(), and is waited for by wait_tree().
#[test]
fn may_leave_others_behind() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exec 3<&0; cat <&3 >/dev/null & exit 5"]).stdin(Stdio::piped());
        let mut child = session.spawn(command).unwrap();
        let input = child.take_stdin();
        assert_eq!(child.wait().unwrap().code(), Some(5));
        let left = session.supervisor.tasks().unwrap();
        assert_eq!(left.len(), 1);
        assert!(left[0].parent.is_some() && !left[0].thread);
        drop(input);
        assert_eq!(child.wait_tree().unwrap().code(), Some(5));
        assert_eq!(session.supervisor.tasks().unwrap(), []);
        session.finish();
    }
}

#[test]
fn may_be_dropped() {
    let session = Session::start(Mode::Filter.builder());
    drop(session.spawn(tracee("fork")).unwrap());
    let (trace, _) = session.finish();
    assert_eq!(trace.count("free"), 2);
}

#[test]
fn of_a_supervisor_that_is_gone() {
    let session = Session::start(Mode::Filter.builder());
    let mut child = session.spawn(cat()).unwrap();
    let handle = session.supervisor.handle();
    session.drop_it();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    for error in [
        handle.spawn(cat()).map(drop).unwrap_err(),
        handle.tasks().unwrap_err(),
        handle.kill_tree().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Gone);
    }
}

/// Several threads wait for one tree and for each other's commands.
#[test]
fn is_waited_for_by_other_threads() {
    let session = Session::start(Mode::Filter.builder());
    std::thread::scope(|scope| {
        for code in 0..8 {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", &format!("exit {code}")]);
            let mut child = session.spawn(command).unwrap();
            scope.spawn(move || assert_eq!(child.wait_tree().unwrap().code(), Some(code)));
        }
    });
    session.finish();
}
