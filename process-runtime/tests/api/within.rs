//! Calls on the own supervisor from an observer: served, or WouldDeadlock; never a hang.

use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use process_runtime::{Child, ErrorKind, Handle, Supervisor};
use watchers::EventKind;

use super::support::{Mode, Session, tracee};

type Slot<T> = Arc<OnceLock<T>>;

#[test]
fn a_wait_for_itself_would_deadlock() {
    // What is spawned is never found.
    let told = || EventKind::ALL.into_iter().filter(|at| *at != EventKind::Found);
    for (mode, at) in Mode::ALL.into_iter().flat_map(|mode| told().map(move |at| (mode, at))) {
        let handle: Slot<Handle> = Slot::default();
        let kinds = Arc::new(Mutex::new(Vec::new()));
        let (inside, told) = (handle.clone(), kinds.clone());
        let builder = mode.builder().observe(at, move |_, _, _| {
            let Some(handle) = inside.get() else { return };
            let spawned = handle.spawn(Command::new("/bin/true")).map(drop).unwrap_err().kind();
            // Either is fine: the answer at once, or a refusal.
            let listed = handle.tasks().map_or_else(|error| error.kind(), |_| ErrorKind::WouldDeadlock);
            told.lock().unwrap().push((spawned, listed));
        });
        let session = Session::start(builder);
        assert!(handle.set(session.supervisor.handle()).is_ok());
        let mut command = tracee("setid");
        let (uid, gid) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        command.args([format!("setuid:{uid}"), format!("setgid:{gid}"), "capset".to_owned()]);
        command.stdout(std::process::Stdio::null());
        session.spawn(command).unwrap().wait_tree().unwrap();
        session.finish();
        let kinds = kinds.lock().unwrap();
        assert!(!kinds.is_empty(), "{at}");
        assert!(
            kinds.iter().all(|kinds| *kinds == (ErrorKind::WouldDeadlock, ErrorKind::WouldDeadlock)),
            "{kinds:?}"
        );
    }
}

#[test]
fn a_child_waited_for_on_its_tracers_thread() {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let (inside, told) = (child.clone(), answers.clone());
    let builder = Supervisor::builder().observe(EventKind::Exit, move |_, _, _| {
        if let Some(child) = inside.lock().unwrap().as_mut() {
            let kinds = (child.wait().unwrap_err().kind(), child.wait_tree().unwrap_err().kind());
            told.lock().unwrap().push((kinds, child.try_wait().unwrap()));
        }
    });
    let session = Session::start(builder);
    let mut command = Command::new("/bin/cat");
    command.stdin(std::process::Stdio::piped());
    let mut spawned = session.spawn(command).unwrap();
    let input = spawned.take_stdin();
    *child.lock().unwrap() = Some(spawned);
    drop(input);
    session.finish();
    let expected = ((ErrorKind::WouldDeadlock, ErrorKind::WouldDeadlock), None);
    assert_eq!(*answers.lock().unwrap(), [expected]);
}

#[test]
fn kill_tree_is_served_after_the_event() {
    for (mode, at) in Mode::ALL
        .into_iter()
        .flat_map(|m| [EventKind::Clone, EventKind::Exec, EventKind::Exit].map(|at| (m, at)))
    {
        let handle: Slot<Handle> = Slot::default();
        let inside = handle.clone();
        let builder = mode.builder().observe(at, move |task, _, _| {
            if let (Some(handle), true) = (inside.get(), task.parent_id().is_some()) {
                handle.kill_tree().unwrap();
            }
        });
        let session = Session::start(builder);
        assert!(handle.set(session.supervisor.handle()).is_ok());
        let mut command = tracee("spawn");
        command.stdout(std::process::Stdio::null());
        let status = session.spawn(command).unwrap().wait_tree().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{mode:?} {at}");
        session.finish();
    }
}

/// However busy the tree is: after the event, not when it pauses.
///
/// KERNEL: a wait for anybody looks at the newest tracee first, so that a doorbell among busy tracees is
/// heard last.
#[test]
fn kill_tree_is_served_at_once_in_a_busy_tree() {
    for mode in Mode::ALL {
        let handle: Slot<Handle> = Slot::default();
        let after = Arc::new(Mutex::new(0));
        let (inside, counter) = (handle.clone(), after.clone());
        let mut births = 0;
        let builder = mode.builder().observe(EventKind::Init, move |_, _, _| {
            births += 1;
            match births {
                100 => inside.get().unwrap().kill_tree().unwrap(),
                101.. => *counter.lock().unwrap() += 1,
                _ => {}
            }
        });
        let session = Session::start(builder);
        assert!(handle.set(session.supervisor.handle()).is_ok());
        let mut command = tracee("churn");
        command.stdout(std::process::Stdio::null());
        session.spawn(command).unwrap().wait_tree().unwrap();
        session.finish();
        // Twelve threads churn: each may have been at its next fork already.
        let after = *after.lock().unwrap();
        assert!(after <= 12, "{mode:?}: {after} more forks after kill_tree");
    }
}

/// An observer that owns its own supervisor and drops it: the thread ends by itself.
#[test]
fn a_supervisor_dropped_by_its_own_observer() {
    for mode in Mode::ALL {
        let own: Arc<Mutex<Option<Supervisor>>> = Arc::default();
        let inside = own.clone();
        let builder = mode.builder().observe(EventKind::Exec, move |_, _, _| {
            drop(inside.lock().unwrap().take());
        });
        let supervisor = builder.start().unwrap();
        let handle = supervisor.handle();
        *own.lock().unwrap() = Some(supervisor);
        let mut child = handle.spawn(tracee("tree")).unwrap();
        let status = child.wait_tree().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{mode:?}");
    }
}

#[test]
fn finish_called_by_an_observer() {
    let own: Arc<Mutex<Option<Supervisor>>> = Arc::default();
    let answer = Arc::new(Mutex::new(None));
    let (inside, told) = (own.clone(), answer.clone());
    let builder = Supervisor::builder().observe(EventKind::Exec, move |_, _, _| {
        if let Some(supervisor) = inside.lock().unwrap().take() {
            *told.lock().unwrap() = Some(supervisor.finish().unwrap_err().kind());
        }
    });
    let supervisor = builder.start().unwrap();
    let handle = supervisor.handle();
    *own.lock().unwrap() = Some(supervisor);
    handle.spawn(Command::new("/bin/true")).unwrap().wait_tree().unwrap();
    assert_eq!(*answer.lock().unwrap(), Some(ErrorKind::WouldDeadlock));
}

/// Another supervisor is no problem at all.
#[test]
fn another_supervisor_is_used_inside_an_observer() {
    let other = Arc::new(Supervisor::builder().start().unwrap());
    let codes = Arc::new(Mutex::new(Vec::new()));
    let (inside, told) = (other.clone(), codes.clone());
    let builder = Supervisor::builder().observe(EventKind::Exit, move |_, _, _| {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exit 6"]);
        let mut child = inside.spawn(command).unwrap();
        // The wait itself belongs to another thread: this one is a tracer.
        let waited = std::thread::spawn(move || child.wait_tree().unwrap().code()).join().unwrap();
        told.lock().unwrap().push(waited);
    });
    let session = Session::start(builder);
    session.spawn(Command::new("/bin/true")).unwrap().wait_tree().unwrap();
    session.finish();
    assert_eq!(*codes.lock().unwrap(), [Some(6)]);
}
