//! setgroups, capset and user namespaces: one event for each call that succeeds, and no stop unless somebody
//! watches.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex};

use watchers::{CredsChange, Event, EventKind, Task};

use super::support::{
    Feature, Lines, Mode, Run, as_nobody_special, elsewhere, is_elsewhere, lines, plain, require, run,
    run_with, tracee, tracee_path,
};

fn calls(args: &[&str]) -> std::process::Command {
    let mut command = tracee("creds");
    command.args(args);
    command
}

fn run_calls(mode: Mode, args: &[&str]) -> Run {
    let run = run(mode, calls(args));
    assert_eq!(run.verdict, plain(calls(args)), "{mode:?} {args:?}");
    run
}

fn creds(run: &Run) -> Lines {
    run.trace.of_kind("creds")
}

#[test]
fn groups_and_capabilities_of_root() {
    if !require(Feature::Root) {
        return;
    }
    let table = [
        (&["groups:5,6"][..], "creds 1 groups"),
        // Set to what they were.
        (&["groups:5", "groups:5"], "creds 1 groups\ncreds 1 groups"),
        (&["capset", "drop", "drop"], "creds 1 capabilities\ncreds 1 capabilities\ncreds 1 capabilities"),
        // Not allowed any more.
        (&["groups:7", "drop", "groups:8"], "creds 1 groups\ncreds 1 capabilities"),
    ];
    for (mode, (args, expected)) in Mode::ALL.into_iter().flat_map(|mode| table.map(|row| (mode, row))) {
        assert_eq!(creds(&run_calls(mode, args)), lines(expected), "{mode:?} {args:?}");
    }
}

#[test]
fn the_calls_of_32_bits() {
    if !require(Feature::Compat) || !require(Feature::Root) {
        return;
    }
    for mode in Mode::ALL {
        let run = run_calls(mode, &["groups16:5,6", "groups32:70000", "capset32", "drop", "groups32:5"]);
        let expected = "creds 1 groups\ncreds 1 groups\ncreds 1 capabilities\ncreds 1 capabilities";
        assert_eq!(creds(&run), lines(expected), "{mode:?}");
    }
}

#[test]
fn user_namespaces() {
    if !require(Feature::UserNamespaces) {
        return;
    }
    let table = [
        (&["unshare:user"][..], "creds 1 user_namespace"),
        (&["unshare:fs"], ""),
        // Refused where nobody has mapped the ids of the first.
        (&["unshare:user", "unshare:user"], "creds 1 user_namespace"),
        // A child that is made in a new one says so in its flags.
        (&["child:user"], ""),
        (&["join:user"], "creds 2 user_namespace\ncreds 1 user_namespace"),
        (&["join:any"], "creds 2 user_namespace\ncreds 1 user_namespace"),
        // Another kind of namespace, by a call that could enter any.
        (&["join:uts"], "creds 2 user_namespace"),
    ];
    for (mode, (args, expected)) in Mode::ALL.into_iter().flat_map(|mode| table.map(|row| (mode, row))) {
        let run = run_calls(mode, args);
        assert_eq!(creds(&run), lines(expected), "{mode:?} {args:?}");
        // Only root may enter another UTS namespace.
        let can = args[0] != "join:uts" || rustix::process::geteuid().is_root();
        assert_eq!(run.stdout().0[0].ends_with("done"), can, "{args:?}: {:?}", run.stdout());
        let is_told = run.trace.of_kind("init").0.iter().any(|line| line.contains("CLONE_NEWUSER"));
        assert_eq!(is_told, args[0] == "child:user", "{mode:?} {args:?}");
    }
}

/// glibc makes setgroups in every thread; capset is one thread's own.
#[test]
fn one_event_for_each_thread_of_a_glibc_program() {
    if !require(Feature::Root) {
        return;
    }
    for mode in Mode::ALL {
        let run = run_calls(mode, &["threads:3", "groups:5,6", "capset"]);
        let mut seen = creds(&run).0;
        seen.sort();
        let expected = "creds 1 capabilities\ncreds 1 groups\ncreds 2 groups\ncreds 3 groups\ncreds 4 groups";
        assert_eq!(seen, lines(expected).0, "{mode:?}");
    }
}

fn calls_of_an_ordinary_user() {
    for mode in Mode::ALL {
        let run = run_calls(mode, &["groups:5", "capset", "drop"]);
        assert_eq!(creds(&run), lines("creds 1 capabilities\ncreds 1 capabilities"), "{mode:?}");
    }
}

#[test]
fn of_an_ordinary_user() {
    let name = "creds::of_an_ordinary_user";
    if !rustix::process::geteuid().is_root() {
        return calls_of_an_ordinary_user();
    }
    if !is_elsewhere(name) {
        tracee_path("creds");
    }
    if elsewhere(name, as_nobody_special) {
        calls_of_an_ordinary_user();
    }
}

/// What was asked for, and nothing else: no ids, and the payload is the call's.
#[test]
fn only_creds_watched() {
    for mode in Mode::ALL {
        let seen: Arc<Mutex<Vec<CredsChange>>> = Arc::default();
        let told = seen.clone();
        let builder = mode.builder().observe(EventKind::Creds, move |_, event, _| {
            if let Event::Creds(creds) = event {
                told.lock().unwrap().push(creds.change);
            }
        });
        let mut command = calls(&["capset"]);
        command.stdout(std::process::Stdio::null());
        assert!(builder.run(command).unwrap().success());
        assert_eq!(*seen.lock().unwrap(), [CredsChange::Capabilities], "{mode:?}");
    }
}

/// Each event of a thread that toggles its groups is one change: when it is killed, in the midst of a call as often as not,
/// what was told is what the kernel has.
#[test]
fn of_a_thread_that_is_killed_in_the_call() {
    if !require(Feature::Root) {
        return;
    }
    for mode in Mode::ALL {
        let wrong: Arc<Mutex<Vec<String>>> = Arc::default();
        let (told, mut changes) = (wrong.clone(), HashMap::new());
        let watched = EventKind::Creds | EventKind::Exit;
        let builder = mode.builder().observe(watched, move |task, event, _| match event {
            Event::Creds(_) => *changes.entry(task.id()).or_insert(0) += 1,
            _ if !task.is_thread() => {}
            _ => {
                let n = changes.get(&task.id()).copied().unwrap_or(0);
                let expected = if n % 2 == 0 { "" } else { "7" };
                if groups(task) != expected {
                    told.lock().unwrap().push(format!("{:?} after {n} changes", groups(task)));
                }
            }
        });
        let mut command = tracee("idkill");
        command.args(["300", "groups"]);
        let run = run_with(builder, command);
        assert_eq!(*wrong.lock().unwrap(), [""; 0], "{mode:?}");
        assert!(run.trace.count("creds") > 300, "{mode:?}: {}", run.trace.count("creds"));
    }
}

/// The groups that a task has, as the kernel tells.
fn groups(task: &Task) -> String {
    let status = fs::read_to_string(format!("/proc/{}/status", task.tid().unwrap())).unwrap();
    let groups = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap();
    groups.trim().to_owned()
}
