//! The command gets what it would have got from whoever started `taskwatch`.

use crate::support::{Directory, fresh, run, taskwatch, tracee};
use std::process::{Command, Stdio};

/// What `inherit` writes down, started by `prepare STATE... --` with us in between and without.
fn both(states: &[&str], options: &[&str]) -> (String, String) {
    let directory = Directory::new("inherit");
    let to = directory.join("state");
    let mut texts = [true, false].map(|supervised| {
        let mut command = Command::new(tracee("prepare"));
        command
            .arg("defaults")
            .args(states)
            .arg("--")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.current_dir(directory.path());
        if supervised {
            command.arg(env!("CARGO_BIN_EXE_taskwatch")).arg("-qq").args(options).arg("--");
        }
        let status = run::status(command.arg(tracee("inherit")).arg(&to));
        assert_eq!(status.code(), Some(0), "{states:?}, supervised: {supervised}");
        let text = String::from_utf8_lossy(&std::fs::read(&to).unwrap()).into_owned();
        std::fs::remove_file(&to).unwrap();
        text
    });
    (std::mem::take(&mut texts[0]), std::mem::take(&mut texts[1]))
}

#[track_caller]
fn same(states: &[&str]) {
    let (with, without) = both(states, &[]);
    let lines = with.lines().zip(without.lines());
    let differing: Vec<_> = lines.filter(|(with, without)| with != without).collect();
    assert!(
        with == without,
        "{states:?}: (with, without): {differing:#?}\nwith:\n{with}\nwithout:\n{without}"
    );
}

#[test]
fn as_it_is() {
    same(&[]);
}

#[test]
fn ignored_signals() {
    // SIGPIPE is what a Rust program changes; SIGCHLD what a supervisor cannot live with.
    for signal in [1, 2, 3, 10, 12, 13, 15, 17, 18, 20, 21, 22, 28, 34, 64] {
        same(&[&format!("ignore={signal}")]);
    }
    same(&["ignore=1", "ignore=2", "ignore=3", "ignore=13", "ignore=17", "ignore=20"]);
}

#[test]
fn blocked_signals() {
    for signal in [1, 2, 10, 11, 12, 13, 14, 15, 17, 18, 20, 28, 34, 64] {
        same(&[&format!("block={signal}")]);
    }
    same(&["block=2", "block=10", "block=15", "block=17", "block=40", "ignore=13"]);
}

#[test]
fn descriptors() {
    for states in [
        &["close=0"][..],
        &["close=1"],
        &["close=2"],
        &["close=0", "close=2"],
        &["close=0", "close=1", "close=2"],
        &["open=5"],
        &["open=3", "open=4", "open=63", "open=200"],
        &["close=0", "open=9"],
    ] {
        same(states);
    }
}

#[test]
fn limits() {
    for states in
        [&["files=64"][..], &["files=16", "open=9"], &["core=0"], &["core=4096"], &["stack=1048576"]]
    {
        same(states);
    }
}

#[test]
fn group_and_session() {
    same(&["group"]);
    same(&["session"]);
}

#[test]
fn scheduling() {
    same(&["nice=5"]);
    same(&["one-cpu"]);
    same(&["timer-slack"]);
}

#[test]
fn environment() {
    same(&["no-environment"]);
    same(&["odd-environment"]);
}

#[test]
fn the_rest() {
    same(&["umask=077"]);
    same(&["umask=000"]);
    same(&["no-new-privileges"]);
}

/// Neither do our options leave a trace in it.
#[test]
fn options_do_not_show() {
    for options in
        [&["--subreaper"][..], &["-f", "jsonl", "-o", "/dev/null"], &["-f", "log"], &["--max-tasks", "9"]]
    {
        let (with, without) = both(&["open=5"], options);
        assert_eq!(with, without, "{options:?}");
    }
}

/// The arguments arrive byte by byte, an empty one too, and so does a name that is a path.
#[test]
fn arguments() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let words = [&b"plain"[..], b"", b"with space", b"\xff\xfe", b"\n", b"--", b"-o", b"\x1b[31m"]
        .map(OsStr::from_bytes);
    let script = r#"printf '%s\0' "$0" "$@""#;
    let plain = run(fresh("sh").args(["-c", script]).args(words));
    let ours = run(taskwatch().args(["-qq", "sh", "-c", script]).args(words));
    assert_eq!(ours.stdout, plain.stdout);
    assert_eq!(ours.stdout.iter().filter(|&&byte| byte == 0).count(), 8);
}
