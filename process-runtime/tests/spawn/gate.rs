//! A command that waits to be traced, where nobody comes: it ends, and whoever asked for it hears why.

use std::io::{Read, Write};
use std::process::{ChildStderr, Command, Stdio};
use std::time::Duration;

use process_runtime::{ErrorKind, SpawnStage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use watchers::{Event, EventKind, Task};

use super::steps::{announce_and_wait, forbid_tracing, write_at_sigusr1};
use super::support::{Mode, Session, elsewhere_as_nobody_special, is_elsewhere, lines, myself, run_with};

/// How long a death may take before it is taken for one that never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// KERNEL: a process that is not dumpable may be traced with CAP_SYS_PTRACE only (ptrace(2)).
#[test]
fn that_may_not_be_traced() {
    let name = "gate::that_may_not_be_traced";
    if !elsewhere_as_nobody_special(name) {
        return;
    }
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        for _ in 0..3 {
            let mut command = Command::new("/bin/true");
            forbid_tracing(&mut command);
            let error = session.spawn(command).map(drop).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Spawn(SpawnStage::Seize), "{mode:?} {error}");
            assert_eq!(error.raw_os_error(), Some(1), "{mode:?}");
            assert!(error.tid().is_some() && error.to_string().contains("PTRACE_SEIZE"), "{mode:?} {error}");
        }
        assert!(session.spawn(Command::new("/bin/true")).unwrap().wait_tree().unwrap().success());
        let (trace, _) = session.finish();
        assert_eq!(trace.whole().0[..2], lines("init 1\nfree 1 failed EPERM").0, "{mode:?}");
        // Nobody is left as a zombie either.
        let children = rustix::process::waitpid(None, rustix::process::WaitOptions::NOHANG);
        assert_eq!(children.map(drop), Err(rustix::io::Errno::CHILD), "{mode:?}");
    }
}

/// Its supervisor is killed between the fork and the seize.
#[test]
fn whose_supervisor_is_killed() {
    let name = "gate::whose_supervisor_is_killed";
    if is_elsewhere(name) {
        let session = Session::start(Mode::Filter.builder());
        let mut command = Command::new("/bin/true");
        announce_and_wait(&mut command);
        session.spawn(command).unwrap();
        return;
    }
    let mut host = myself(name).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut go, mut said) = (host.stdin.take().unwrap(), host.stderr.take().unwrap());
    let mut pid = [0; 4];
    said.read_exact(&mut pid).unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    go.write_all(b"!").unwrap();
    if !ends(&mut said) {
        kill_process(Pid::from_raw(i32::from_ne_bytes(pid)).unwrap(), Signal::KILL).unwrap();
        panic!("a command waits at its gate for ever");
    }
}

/// A handler of the host's runs in the child too, until its exec: what it writes is no report of a failed exec.
#[test]
fn with_a_handler_that_writes() {
    for mode in Mode::ALL {
        let builder = mode.builder().observe(EventKind::Clone, |task: &Task, _: Event<'_>, _: &_| {
            let pid = Pid::from_raw(task.tid().unwrap().as_raw()).unwrap();
            kill_process(pid, Signal::USR1).unwrap();
        });
        let mut command = Command::new("/bin/true");
        write_at_sigusr1(&mut command);
        let run = run_with(builder, command);
        assert_eq!(run.verdict.status, "code 0", "{mode:?}");
        let expected = lines("init 1\nclone 1\nexec 1 true\nexit 1 code 0\nfree 1 code 0");
        assert_eq!(run.trace.whole(), expected, "{mode:?}");
    }
}

/// Whether the last holder of the other end goes.
fn ends(stream: &mut ChildStderr) -> bool {
    let patience = Timespec::try_from(PATIENCE).unwrap();
    loop {
        let ready = poll(&mut [PollFd::new(&*stream, PollFlags::IN)], Some(&patience)).unwrap();
        if ready == 0 {
            return false;
        }
        if stream.read(&mut [0; 64]).unwrap() == 0 {
            return true;
        }
    }
}
