//! Strings that a tracee chose: none is lost in `jsonl`, none reaches the terminal as it is.

use crate::support::{Directory, run, run::text, schema::Schema, stream, taskwatch};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt, process::Output};

fn bytes(text: &[u8]) -> &OsStr {
    OsStr::from_bytes(text)
}

#[test]
fn bytes_that_are_no_text_in_jsonl() {
    let directory = Directory::new("bytes");
    let odd = directory.join(bytes(b"d\xff\x1br"));
    std::fs::create_dir(&odd).unwrap();
    let report = directory.join("report");
    let mut command = taskwatch();
    command.args(["-f", "jsonl", "-o"]).arg(&report).args(["--", "sh", "-c", "exec true \"$@\"", "sh"]);
    command.args([&b"\xff\xfe"[..], b"fine", b"", b"\xc3\xa9\x1b[0m\n\"\\"].map(bytes)).current_dir(&odd);
    assert_eq!(run(&mut command).status.code(), Some(0));
    let lines = stream::read(&report);
    let schema = Schema::of_events();
    for line in &lines {
        schema.check(&line.value).unwrap();
    }
    let exec = stream::of(&lines, "exec").last().unwrap();
    assert_eq!(exec.value["argv"][1]["bytes"], "fffe");
    assert_eq!(exec.value["argv"][2], "fine");
    assert_eq!(exec.value["argv"][3], "");
    assert_eq!(exec.value["argv"][4], "é\u{1b}[0m\n\"\\");
    assert!(exec.value["cwd"]["bytes"].as_str().unwrap().ends_with("64ff1b72"), "{}", exec.value["cwd"]);
    let start = &lines[0].value;
    assert!(start["argv"].as_array().unwrap().iter().any(|word| word["bytes"] == "fffe"), "{start}");
}

/// Long arguments are whole.
#[test]
fn argv_is_never_truncated() {
    let directory = Directory::new("long");
    let report = directory.join("report");
    let long = "x".repeat(100_000);
    let many: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
    let mut command = taskwatch();
    command.args(["-f", "jsonl", "-o"]).arg(&report).args(["--", "true", &long]).args(&many);
    assert_eq!(run(&mut command).status.code(), Some(0));
    let argv = stream::of(&stream::read(&report), "exec").next().unwrap().strings("argv").unwrap();
    assert_eq!(argv.len(), 2 + many.len());
    assert_eq!(argv[1], long);
    assert_eq!(argv[2..], many);
}

/// No byte that a terminal acts upon comes out of a report but the end of a line.
#[track_caller]
fn harmless(what: &str, shown: &[u8]) {
    let shown = str::from_utf8(shown).unwrap_or_else(|error| panic!("{what}: {error}"));
    let harmful = |c: char| {
        c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(found) = shown.chars().find(|&c| harmful(c)) {
        panic!("{what} shows {found:?}: {shown:?}");
    }
}

const EVIL: [&[u8]; 9] = [
    b"\x1b]0;owned\x07",
    b"\x1b[2J\x1b[31m",
    b"\r\x08\x0b\x0c\x7f",
    b"\xc2\x9b31m",
    b"\xe2\x80\xaegpj.exe",
    b"\xff\x1b[0m",
    b"two\nlines",
    b"tab\there",
    b"'$(reboot)'",
];

#[test]
fn arguments_cannot_reach_the_terminal() {
    for format in ["tree", "log", "jsonl"] {
        for verbose in [false, true] {
            let mut command = taskwatch();
            command.args(["-f", format, "--color", "never"]);
            if verbose {
                command.arg("-v");
            }
            command.args(["--", "sh", "-c", "true \"$@\"; /bin/true \"$@\"", "sh"]).args(EVIL.map(bytes));
            let output = run(&mut command);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            harmless(format, &output.stderr);
            assert!(text(&output.stderr).contains("owned"), "{}", text(&output.stderr));
        }
    }
}

/// One process is one line of the tree, whatever its arguments.
#[test]
fn a_line_stays_a_line() {
    let lines = |word: &str| {
        let output = run(taskwatch().args(["--", "true", word]));
        text(&output.stderr).lines().count()
    };
    assert_eq!(lines("a\nb\nc"), lines("abc"));
}

/// Names of files, of commands that are not there, of reports that cannot be opened, of watchers.
#[test]
fn neither_can_other_names() {
    let directory = Directory::new("evil");
    for name in EVIL {
        let file: Vec<u8> = [b"x", name].concat().into_iter().filter(|&byte| byte != b'/').collect();
        let link = directory.join(bytes(&file));
        std::os::unix::fs::symlink("/bin/sh", &link).unwrap();
        let check = |what: &str, output: Output| harmless(&format!("{what} {name:?}"), &output.stderr);
        check("exe", run(taskwatch().arg("--").arg(&link).args(["-c", "/bin/true"])));
        check("exe, log", run(taskwatch().args(["-f", "log", "--"]).arg(&link).args(["-c", "/bin/true"])));
        check("not found", run(taskwatch().arg("--").arg(bytes(name))));
        check(
            "not opened",
            run(taskwatch().arg("-o").arg(directory.join("no").join(bytes(name))).args(["--", "true"])),
        );
        check("watcher", run(taskwatch().arg("--without").arg(bytes(name)).args(["--", "true"])));
        check("option", run(taskwatch().arg(bytes(&[b"--", name].concat())).args(["--", "true"])));
        check("format", run(taskwatch().arg("-f").arg(bytes(name)).args(["--", "true"])));
        check("list", run(taskwatch().arg("--list").arg(bytes(name))));
    }
}

/// A name that a process gave itself.
#[test]
fn neither_can_names_of_tasks() {
    let script =
        "printf '\\033[31mx\\n' > /proc/self/comm; (printf '\\033[32my' > /proc/self/comm; exit 3); exit 0";
    for format in ["tree", "log"] {
        let output = run(taskwatch().args(["-f", format, "-v", "--", "sh", "-c", script]));
        harmless(format, &output.stderr);
    }
}
