//! The ends of a supervisor: finish, drop, kill_tree.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::{Arc, OnceLock};

use process_runtime::{Handle, Supervisor};
use watchers::EventKind;

use super::support::{Mark, Mode, Session, tracee};

fn blocked(session: &Session, shape: [&str; 3], tasks: usize) -> process_runtime::Child {
    let mut command = tracee("tree");
    command.args(shape).stdout(Stdio::piped());
    let mut child = session.spawn(command).unwrap();
    let mut line = String::new();
    BufReader::new(child.take_stdout().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, format!("up {tasks}\n"));
    child
}

#[test]
fn dropping_kills_and_joins() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let mut children = [blocked(&session, ["2", "2", "1"], 14), blocked(&session, ["0", "0", "5"], 6)];
        let trace = session.drop_it();
        assert_eq!((trace.count("clone"), trace.count("free")), (20, 20), "{mode:?}");
        for child in &mut children {
            assert_eq!(child.wait_tree().unwrap().signal(), Some(9), "{mode:?}");
        }
    }
}

/// However many go on to spawn: the first answer after the drop is that the supervisor has gone.
#[test]
fn dropping_while_commands_start() {
    for (mode, spawners) in Mode::ALL.into_iter().flat_map(|mode| [1, 3].map(|spawners| (mode, spawners))) {
        for _ in 0..10 {
            let session = Session::start(mode.builder());
            let spawn_for_ever = |handle: Handle, mark: Mark| {
                loop {
                    let mut command = tracee("tree");
                    mark.put_on(&mut command);
                    command.args(["1", "2", "1"]).stdout(Stdio::null());
                    if let Err(error) = handle.spawn(command) {
                        return error.kind();
                    }
                }
            };
            let spawner = |_| {
                let (handle, mark) = (session.supervisor.handle(), session.mark.clone());
                std::thread::spawn(move || spawn_for_ever(handle, mark))
            };
            let spawners: Vec<_> = (0..spawners).map(spawner).collect();
            session.drop_it();
            for spawner in spawners {
                spawner.join().unwrap();
            }
        }
    }
}

#[test]
fn kill_tree_reaches_everybody() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let mut child = blocked(&session, ["3", "2", "2"], 45);
        session.supervisor.kill_tree().unwrap();
        assert_eq!(child.wait_tree().unwrap().signal(), Some(9), "{mode:?}");
        // Commands that come later live.
        assert!(session.spawn(std::process::Command::new("/bin/true")).unwrap().wait().unwrap().success());
        let (trace, _) = session.finish();
        assert_eq!(trace.count("free"), 46, "{mode:?}");
    }
}

/// Whoever is born while the tree is being killed is killed too.
#[test]
fn kill_tree_during_a_storm_of_forks() {
    for mode in Mode::ALL {
        for births in [1, 5, 20, 80] {
            let session = Session::start(mode.builder());
            let mut command = tracee("churn");
            command.stdout(Stdio::piped());
            let mut child = session.spawn(command).unwrap();
            let mut out = child.take_stdout().unwrap();
            let mut byte = [0; 1];
            for _ in 0..births {
                std::io::Read::read_exact(&mut out, &mut byte).unwrap();
            }
            session.supervisor.kill_tree().unwrap();
            assert_eq!(child.wait_tree().unwrap().signal(), Some(9), "{mode:?}");
            session.finish();
        }
    }
}

/// The creator is killed while it forks, so that its child may be heard of when nobody is left to inherit from.
#[test]
fn kill_tree_in_the_middle_of_a_fork() {
    for (mode, _) in Mode::ALL.into_iter().flat_map(|mode| (0..150).map(move |round| (mode, round))) {
        let handle: Arc<OnceLock<Handle>> = Arc::default();
        let known = handle.clone();
        let session = Session::start(mode.builder().observe(EventKind::Init, move |task, _, _| {
            // The fork goes on meanwhile: from an observer this only asks for it.
            if let (Some(_), Some(handle)) = (task.parent_id(), known.get()) {
                handle.kill_tree().unwrap();
            }
        }));
        assert!(handle.set(session.supervisor.handle()).is_ok());
        let mut command = tracee("tree");
        command.args(["1", "1", "0"]).stdout(Stdio::null());
        let mut child = session.spawn(command).unwrap();
        assert_eq!(child.wait_tree().unwrap().signal(), Some(9), "{mode:?}");
        session.finish();
    }
}

#[test]
fn finish_waits_for_what_is_left_behind() {
    let session = Session::start(Mode::Filter.builder());
    let child = session.spawn(tracee("orphan")).unwrap();
    drop(child);
    let (trace, _) = session.finish();
    // The command and the orphan end in either order.
    let mut freed = trace.of_kind("free").0;
    freed.sort();
    assert_eq!(freed, ["free 1 code 0", "free 2 code 3", "free 3 code 5"]);
}

#[test]
fn run_is_start_spawn_and_finish() {
    for mode in Mode::ALL {
        let mut command = tracee("orphan");
        command.stdout(Stdio::null());
        assert!(mode.builder().run(command).unwrap().success());
        let error = mode.builder().run(std::process::Command::new("/nonexistent")).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(2));
    }
}

#[test]
fn an_unused_supervisor() {
    for _ in 0..20 {
        Supervisor::builder().start().unwrap().finish().unwrap();
        drop(Supervisor::builder().start().unwrap());
    }
}
