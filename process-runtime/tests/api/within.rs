//! Calls on the own supervisor from an observer: served, or WouldDeadlock; never a hang.

use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use process_runtime::{Child, ErrorKind, Handle, Supervisor};
use rustix::process::setpriority_process;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use watchers::EventKind;

use super::support::{Mode, Session, doorbell, elsewhere, tracee};

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
            let waits = [
                child.wait().unwrap_err(),
                child.wait_tree().unwrap_err(),
                child.wait_timeout(Duration::MAX).unwrap_err(),
                child.wait_tree_timeout(Duration::MAX).unwrap_err(),
            ];
            let kinds = waits.map(|error| error.kind());
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
    let expected = ([ErrorKind::WouldDeadlock; 4], None);
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

/// A stop that waits already when `kill_tree` is called is not told any more. On one processor, where the
/// doorbell comes last, so that it is not heard between the two.
#[test]
fn kill_tree_is_served_before_the_next_stop() {
    let name = "within::kill_tree_is_served_before_the_next_stop";
    if !elsewhere(name, |command| command) {
        return;
    }
    stay_on_one_processor();
    for _ in 0..20 {
        let (handle, shells): (Slot<Handle>, Slot<[u32; 2]>) = Default::default();
        let (inside, pids, inits) = (handle.clone(), shells.clone(), Arc::new(Mutex::new(0)));
        let counter = inits.clone();
        let builder = Mode::Filter.builder().observe(EventKind::Init, move |task, _, _| {
            let Some(parent) = task.parent().and_then(|parent| parent.tid()) else { return };
            *counter.lock().unwrap() += 1;
            let other = pids.get().unwrap().iter().find(|pid| i64::from(**pid) != i64::from(parent.as_raw()));
            while !is_stopped(*other.unwrap()) {
                std::thread::yield_now();
            }
            inside.get().unwrap().kill_tree().unwrap();
        });
        let session = Session::start(builder);
        setpriority_process(Some(doorbell(None)), 19).unwrap();
        assert!(handle.set(session.supervisor.handle()).is_ok());
        let mut children = [(), ()].map(|()| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", "read go; /bin/true; /bin/true"]).stdin(std::process::Stdio::piped());
            session.spawn(command).unwrap()
        });
        shells.set([children[0].id(), children[1].id()]).unwrap();
        children.iter_mut().for_each(|child| drop(child.take_stdin()));
        session.finish();
        assert_eq!(*inits.lock().unwrap(), 1);
    }
}

fn stay_on_one_processor() {
    let all = sched_getaffinity(None).unwrap();
    let mut one = CpuSet::new();
    one.set((0..CpuSet::MAX_CPU).find(|cpu| all.is_set(*cpu)).unwrap());
    sched_setaffinity(None, &one).unwrap();
}

/// Whether the process is in a stop of its tracer's.
fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('t'))
}

/// However busy the tree is: after the event, not when it pauses.
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
        // Twelve threads churn. Those that are at their next fork already are killed there.
        assert_eq!(*after.lock().unwrap(), 0, "{mode:?}: more forks after kill_tree");
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
