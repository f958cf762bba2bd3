//! Colours: on a terminal, and nowhere else.

use crate::support::{Directory, pty::Pty, run, run::text, taskwatch};
use std::process::Stdio;

const ESCAPE: u8 = 0x1b;

/// What comes out of a terminal that is our stderr.
fn on_terminal(environment: &[(&str, &str)]) -> Vec<u8> {
    let pty = Pty::new();
    let mut command = taskwatch();
    command.env("TERM", "xterm-256color").env_remove("CLICOLOR_FORCE").env_remove("CI");
    command
        .args(["--", "sh", "-c", "exit 3"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(pty.terminal());
    command.envs(environment.iter().copied());
    let mut child = command.spawn().unwrap();
    drop(command);
    let guard = run::guard(&child, "taskwatch on a terminal");
    let shown = pty.read_to_end();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    guard.done();
    shown
}

#[test]
fn colours_on_a_terminal_only() {
    assert!(on_terminal(&[]).contains(&ESCAPE));
    assert!(!on_terminal(&[("NO_COLOR", "1")]).contains(&ESCAPE), "NO_COLOR");
    assert!(!on_terminal(&[("TERM", "dumb")]).contains(&ESCAPE), "TERM=dumb");
    let file = run(taskwatch().env("TERM", "xterm-256color").args(["--", "sh", "-c", "exit 3"]));
    assert!(!file.stderr.contains(&ESCAPE), "{}", text(&file.stderr));
}

#[test]
fn colours_as_told() {
    for (when, coloured) in [("always", true), ("never", false), ("auto", false)] {
        let output = run(taskwatch().args(["--color", when, "--", "sh", "-c", "exit 3"]));
        assert_eq!(output.stderr.contains(&ESCAPE), coloured, "{when}: {}", text(&output.stderr));
    }
    let directory = Directory::new("colour");
    let report = directory.join("report");
    run(taskwatch().args(["-f", "jsonl", "--color", "always", "-o"]).arg(&report).args(["--", "true"]));
    assert!(!std::fs::read(&report).unwrap().contains(&ESCAPE), "a stream has no colours");
}

/// An empty NO_COLOR is none.
#[test]
fn an_empty_no_color_is_none() {
    assert!(on_terminal(&[("NO_COLOR", "")]).contains(&ESCAPE));
}
