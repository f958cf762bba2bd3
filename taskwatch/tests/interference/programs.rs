//! Small programs that look closely at what a tracer disturbs.

use crate::{
    same,
    support::{
        Directory, fresh, run,
        skip::{Skip, skip},
        taskwatch, tracee,
    },
};
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_c_library_makes_processes() {
    assert_eq!(same(tracee("libc"), &[]).status.code(), Some(12));
}

/// Ends and execs of processes with threads.
#[test]
fn threads() {
    let ways =
        ["exec", "leader-first", "leader-first-exec", "leader-execs", "exit", "signal", "crash", "fork-exec"];
    for way in ways {
        same(tracee("threads"), &[way]);
    }
}

#[test]
fn signals() {
    assert_eq!(same(tracee("signals"), &[]).status.code(), Some(13));
}

#[test]
fn waits() {
    assert_eq!(same(tracee("waits"), &[]).status.code(), Some(19));
}

/// A signal that is ignored interrupts nothing.
#[test]
fn ignored_signals_interrupt_no_call() {
    assert_eq!(same(tracee("eintr"), &[]).status.code(), Some(0));
}

#[test]
fn calls_of_32_bit() {
    if !cfg!(target_arch = "x86_64") {
        return skip("calls_of_32_bit", Skip::NotX86);
    }
    assert_eq!(same(tracee("int80"), &[]).status.code(), Some(14));
}

/// A program with filters of its own, under whichever watchers make us use one.
#[test]
fn filters_of_its_own() {
    assert_eq!(same(tracee("seccomp"), &[]).status.code(), Some(17));
}

/// Set-user-id programs under a privileged supervisor.
#[test]
fn set_user_id() {
    let directory = Directory::new("set-user-id");
    let program = directory.join("program");
    std::fs::copy(tracee("setid"), &program).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o4755)).unwrap();
    if !rustix::process::geteuid().is_root() {
        return skip("set_user_id", Skip::NotRoot);
    }
    let output = same(tracee("setid"), &[program.to_str().unwrap()]);
    if !run::text(&output.stdout).contains("set-user-id: 65534 0 0") {
        skip("set_user_id: the file system honours it not", Skip::NotRoot);
    }
    // And when every event is looked at.
    let all = run(taskwatch()
        .args(["-q", "-f", "jsonl", "-o", "/dev/null", "--"])
        .arg(tracee("setid"))
        .arg(&program));
    assert_eq!(run::text(&all.stdout), run::text(&output.stdout));
}

/// Each of them again with every event looked at: another filter, more stops.
#[test]
fn with_every_event() {
    for (name, arguments) in [
        ("libc", &[][..]),
        ("threads", &["exec"]),
        ("threads", &["leader-first-exec"]),
        ("signals", &[]),
        ("waits", &[]),
        ("seccomp", &[]),
        ("int80", &[]),
    ] {
        if name == "int80" && !cfg!(target_arch = "x86_64") {
            continue;
        }
        let plain = run(fresh(tracee(name)).args(arguments));
        let ours = run(taskwatch()
            .args(["-q", "-f", "jsonl", "-o", "/dev/null", "--"])
            .arg(tracee(name))
            .args(arguments));
        assert_eq!(run::text(&ours.stdout), run::text(&plain.stdout), "{name} {arguments:?}");
        assert_eq!(ours.status, plain.status, "{name} {arguments:?}");
    }
}
