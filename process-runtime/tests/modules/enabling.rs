//! Watchers by name, on a supervisor that runs.

use std::sync::{Arc, Mutex};

use process_runtime::{ErrorKind, Supervisor};
use watchers::{Errno, Task, task_watcher};

use crate::Shell;
use crate::support::{Mode, Session};

type Told = Arc<Mutex<Vec<&'static str>>>;

#[task_watcher(uid)]
fn ids_of_users(task: &Task) {
    tell(task, "uid");
}

#[task_watcher(exec, name = "programs")]
fn of_programs(task: &Task) {
    tell(task, "exec");
}

#[task_watcher(init)]
fn nobody_more(task: &Task) -> Result<(), Errno> {
    if task.data::<Told>().is_some() && task.parent().is_some() { Err(Errno::EAGAIN) } else { Ok(()) }
}

fn tell(task: &Task, what: &'static str) {
    if let Some(told) = task.data::<Told>() {
        told.lock().unwrap().push(what);
    }
}

/// Nobody was interested in changes of ids, nor in forks, when the shell was started.
#[test]
fn enabled_and_disabled_while_a_shell_runs() {
    for mode in Mode::ALL {
        let told = Told::default();
        let builder = mode.builder().data(told.clone());
        let builder = builder.without("ids_of_users").without("programs").without("nobody_more");
        let session = Session::without_recorder(builder);
        let handle = session.supervisor.handle();
        let taken = || std::mem::take(&mut *told.lock().unwrap());
        let mut shell = Shell::start(&session);
        let change = "setpriv --reuid=65534 true";
        shell.run(change);
        assert!(taken().is_empty());

        handle.enable("ids_of_users").unwrap();
        shell.run(change);
        assert_eq!(taken(), ["uid"], "{mode:?}");

        handle.enable("programs").unwrap();
        handle.disable("ids_of_users").unwrap();
        shell.run(change);
        assert_eq!(taken(), ["exec", "exec"], "{mode:?}: setpriv, and true");

        handle.enable("nobody_more").unwrap();
        shell.stop();
        // Which ends a shell that has no terminal.
        assert_eq!(shell.end_with("exec 2>&1; (exit 3)"), (Some(2), "sh: 5: Cannot fork\n".to_owned()));
        session.finish();
    }
}

#[test]
fn names_that_nobody_has() {
    let session = Session::without_recorder(Supervisor::builder());
    let handle = session.supervisor.handle();
    let error = handle.enable("ids_of_user").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Selection);
    assert!(error.to_string().contains("the nearest is `ids_of_users`"), "{error}");
    assert_eq!(handle.disable("none").unwrap_err().kind(), ErrorKind::Selection);
    session.finish();
}
