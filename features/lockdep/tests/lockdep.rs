//! The rows "irqflags tracing" and "lockdep" of the features of 2006: counters that begin at zero, and ends with something
//! held.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../process-runtime/tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};

use process_runtime::{Builder, Supervisor};
use support::{Mode, is_elsewhere, myself, run_with, tracee};
use watchers::{Event, Task, task_watcher};
use watchers_lockdep::{Held, Lockdep, depth, release, take};

/// `builder`, with what it tells.
fn telling(builder: Builder) -> (Builder, Arc<Mutex<Vec<Held>>>) {
    let held: Arc<Mutex<Vec<Held>>> = Arc::default();
    let told = held.clone();
    (builder.data(Lockdep::telling(move |it| told.lock().unwrap().push(it.clone()))), held)
}

/// The last part of each name.
fn short(held: &Mutex<Vec<Held>>) -> Vec<Vec<String>> {
    let file = |name: &String| Path::new(name).file_name().unwrap().to_str().unwrap().to_owned();
    held.lock().unwrap().iter().map(|held| held.names.iter().map(file).collect()).collect()
}

#[test]
fn a_process_ends_with_file_locks() {
    for mode in Mode::ALL {
        let folder = tempfile::tempdir().unwrap();
        let (builder, held) = telling(mode.builder());
        let mut command = tracee("locks");
        command.arg(folder.path());
        let run = run_with(builder, command);
        assert_eq!(run.verdict.status, "code 0", "{mode:?}");
        let mut told = short(&held);
        // KERNEL: whether SIGKILL leaves the exit stop is its own affair.
        told.retain(|names| names != &["killed (FLOCK)"]);
        assert_eq!(told, [["flock (FLOCK)"], ["posix (POSIX)"], ["thread (FLOCK)"]], "{mode:?}");
    }
}

/// What this test's supervisor counts: a marker.
struct Counting;

/// Each task takes something of its own at each event; some of it is given back.
#[task_watcher(clone, exec, exit)]
fn count(task: &Task, event: Event<'_>) {
    if task.data::<Counting>().is_none() {
        return;
    }
    match event {
        Event::Clone(_) => {
            assert_eq!(depth(task), 0, "inherited");
            take(task, "birth");
            take(task, if task.is_thread() { "thread" } else { "process" });
        }
        Event::Exec(_) => release(task, "birth").unwrap(),
        _ if task.is_thread() => release(task, "thread").unwrap(),
        _ => {}
    }
}

#[test]
fn a_task_ends_with_what_it_has_taken() {
    for mode in Mode::ALL {
        let (builder, held) = telling(mode.builder().data(Counting));
        let mut command = tracee("makers");
        command.arg("thread");
        let run = run_with(builder, command);
        assert_eq!(
            (short(&held), run.notices),
            (vec![vec!["birth".to_owned()], vec!["process".to_owned()]], vec![]),
            "{mode:?}"
        );
        let (builder, held) = telling(mode.builder().data(Counting));
        let mut command = tracee("makers");
        command.arg("fork");
        run_with(builder, command);
        assert_eq!(short(&held), [vec!["process", "birth"], vec!["process"]], "{mode:?}");
    }
}

/// A module has no other settings.
#[test]
fn the_environment_has_it_on_stderr() {
    let name = "the_environment_has_it_on_stderr";
    if is_elsewhere(name) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = tracee("locks");
        command.arg(folder.path());
        assert!(Supervisor::builder().run(command).unwrap().success());
        return;
    }
    for wanted in [true, false] {
        let mut command = myself(name);
        if wanted {
            command.env("WATCHERS_LOCKDEP", "1");
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        assert_eq!(stderr.contains("ends holding ") && stderr.contains("/posix (POSIX)"), wanted, "{stderr}");
    }
}
