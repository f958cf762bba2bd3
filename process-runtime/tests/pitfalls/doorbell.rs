//! The doorbell, a process that anybody may kill: it is replaced; where it cannot be, the supervisor ends.

use std::os::unix::process::ExitStatusExt;

use process_runtime::ErrorKind;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

use super::host::{tree, wait_until_up};
use super::support::{Mode, Session, doorbell, elsewhere, elsewhere_as_nobody_special};

#[test]
fn that_is_killed() {
    let name = "doorbell::that_is_killed";
    if !elsewhere(name, |command| command) {
        return;
    }
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let (mut child, mut out) = tree(&session, &["2", "2", "0"]);
        wait_until_up(&mut out, 7);
        let mut former = None;
        for _ in 0..10 {
            let pid = doorbell(former);
            kill_process(pid, Signal::KILL).unwrap();
            former = Some(pid);
            assert_eq!(session.supervisor.tasks().unwrap().len(), 7, "{mode:?}");
        }
        session.supervisor.kill_tree().unwrap();
        assert_eq!(child.wait_tree().unwrap().signal(), Some(9), "{mode:?}");
        session.finish();
    }
}

/// KERNEL: RLIMIT_NPROC holds for who is neither root nor has CAP_SYS_ADMIN or CAP_SYS_RESOURCE (setrlimit(2)).
#[test]
fn that_cannot_be_replaced() {
    let name = "doorbell::that_cannot_be_replaced";
    if !elsewhere_as_nobody_special(name) {
        return;
    }
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let (mut child, mut out) = tree(&session, &["2", "2", "0"]);
        wait_until_up(&mut out, 7);
        let usual = getrlimit(Resource::Nproc);
        setrlimit(Resource::Nproc, Rlimit { current: Some(0), ..usual }).unwrap();
        kill_process(doorbell(None), Signal::KILL).unwrap();
        assert_eq!(child.wait_tree().unwrap().signal(), Some(9), "{mode:?}");
        while session.supervisor.tasks().is_ok() {}
        assert_eq!(session.supervisor.tasks().unwrap_err().kind(), ErrorKind::Gone, "{mode:?}");
        setrlimit(Resource::Nproc, usual).unwrap();
        session.drop_it();
    }
}
