//! The command as the first process of a pid namespace, as in a container.

use crate::support::{
    run,
    run::text,
    skip::{Skip, installed, skip},
};
use std::process::{Command, Output};

/// Runs `taskwatch -qq -- sh -c SCRIPT` as PID 1; `None` where that cannot be.
fn as_pid_one(test: &str, options: &[&str], script: &str) -> Option<Output> {
    let namespace = ["--fork", "--pid", "--mount-proc"];
    let can = installed("unshare").is_some()
        && run(Command::new("unshare").args(namespace).arg("true")).status.success();
    if !can {
        skip(test, Skip::NoUnshare);
        return None;
    }
    let mut command = Command::new("unshare");
    command
        .args(namespace)
        .arg(env!("CARGO_BIN_EXE_taskwatch"))
        .args(options)
        .args(["--", "sh", "-c", script]);
    Some(run(&mut command))
}

#[test]
fn statuses() {
    for (script, code) in
        [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137), ("kill -40 $$", 168)]
    {
        let Some(output) = as_pid_one("statuses", &["-qq"], script) else { return };
        assert_eq!(output.status.code(), Some(code), "{script}: {}", text(&output.stderr));
    }
}

/// It is the first process that adopts orphans, and it waits for them.
#[test]
fn orphans() {
    let script = "(setsid sh -c 'echo $PPID > /dev/null; echo orphan' &) ; exit 3";
    let Some(output) = as_pid_one("orphans", &["-o", "/dev/null"], script) else { return };
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "orphan\n");
}

/// The report names processes by the ids of our own namespace.
#[test]
fn ids() {
    let Some(output) = as_pid_one("ids", &["-f", "jsonl", "-o", "-"], "exit 0") else { return };
    let first: serde_json::Value =
        serde_json::from_str(text(&output.stdout).lines().next().unwrap()).unwrap();
    assert_eq!(first["supervisor"], 1);
}
