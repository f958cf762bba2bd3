//! The row "cpusets" of the features of 2006: where tasks run from their first instruction on, and who is told of the end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../process-runtime/tests/support/mod.rs"]
mod support;

use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};

use process_runtime::{ErrorKind, Supervisor};
use support::{Mode, Session, is_elsewhere, lines, myself, run_with, tracee};
use watchers::{Event, EventKind, EventSet, Task};
use watchers_cpusets::Cpuset;

/// The last processor that is online: never all of them, where there are several.
fn last() -> String {
    let online = fs::read_to_string("/sys/devices/system/cpu/online").unwrap();
    online.trim().rsplit([',', '-']).next().unwrap().to_owned()
}

#[test]
fn every_task_is_on_its_processors_before_it_runs() {
    let cpu = last();
    for mode in Mode::ALL {
        let elsewhere = Arc::new(Mutex::new(Vec::new()));
        let (told, list) = (elsewhere.clone(), format!("Cpus_allowed_list:\t{cpu}"));
        let builder = mode.builder().data(Cpuset::of(cpu.parse().unwrap()));
        let builder = builder.observe(EventKind::Clone, move |task: &Task, _, _| {
            let status = fs::read_to_string(format!("/proc/{}/status", task.tid().unwrap())).unwrap();
            if !status.lines().any(|line| line == list) {
                told.lock().unwrap().push(status);
            }
        });
        let run = run_with(builder, tracee("affinity"));
        let expected = format!(
            "command {cpu}\nthread {cpu}\nchild {cpu}\nchild of one elsewhere {cpu}\nprogram {cpu}\ncode 0"
        );
        assert_eq!(run.verdict.stdout, lines(expected), "{mode:?}");
        assert_eq!(*elsewhere.lock().unwrap(), Vec::<String>::new(), "{mode:?}");
    }
}

/// What happens in a tree, in one line each; `released` when the set has no member any more.
fn told(program: &str, args: &[&str]) -> (usize, Vec<&'static str>) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (released, freed) = (log.clone(), log.clone());
    let set =
        Cpuset::of(last().parse().unwrap()).on_release(move || released.lock().unwrap().push("released"));
    let builder = Supervisor::builder().data(set).observe(
        EventSet::of([EventKind::Init, EventKind::Free]),
        move |_: &Task, event: Event<'_>, _| {
            freed.lock().unwrap().push(event.kind().name());
        },
    );
    let session = Session::without_recorder(builder);
    let mut command = Command::new(program);
    command.args(args);
    session.spawn(command).unwrap().wait_tree().unwrap();
    session.finish();
    let log = log.lock().unwrap().clone();
    (log.iter().filter(|line| **line == "init").count(), log)
}

/// The watchers of an event come before its observers: `released` stands right before the last `free`.
#[test]
fn the_last_one_releases_the_set_once() {
    let scripts =
        ["true; true & exit 0", "(kill -9 $$; exec true) & wait", "sh -c 'kill -9 $$'; true", "exit 3"];
    for script in scripts {
        let (tasks, log) = told("/bin/sh", &["-c", script]);
        assert_eq!(log.iter().filter(|line| **line == "free").count(), tasks, "{script}: {log:?}");
        assert_eq!(log.iter().filter(|line| **line == "released").count(), 1, "{script}: {log:?}");
        assert_eq!(log[log.len() - 2..], ["released", "free"], "{script}: {log:?}");
    }
}

/// A module has no other settings.
#[test]
fn the_environment_names_a_list_and_an_agent() {
    let name = "the_environment_names_a_list_and_an_agent";
    if is_elsewhere(name) {
        let status = Supervisor::builder().run(tracee("affinity"));
        match std::env::var("EXPECTED").unwrap().as_str() {
            "runs" => assert!(status.unwrap().success()),
            _ => assert_eq!(status.unwrap_err().kind(), ErrorKind::Refused),
        }
        return;
    }
    let (cpu, folder) = (last(), tempfile::tempdir().unwrap());
    let trail = folder.path().join("released");
    for (list, expected) in [(cpu.as_str(), "runs"), ("1000", "refused"), ("all", "refused")] {
        let mut command = myself(name);
        command.env("WATCHERS_CPUSETS", list).env("EXPECTED", expected);
        command.env("WATCHERS_CPUSETS_AGENT", format!("echo released \"$1\" >>{}", trail.display()));
        let output = command.output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{list}: {stdout}\n{stderr}");
        assert_eq!(stderr.contains("cpusets: "), expected == "refused", "{list}: {stderr}");
    }
    let released = fs::read_to_string(trail).unwrap();
    // A command that is refused was a member, too: its `init` is followed by its `free`.
    assert_eq!(lines(released), lines(format!("released {cpu}\nreleased 1000")));
}
