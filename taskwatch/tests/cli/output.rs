//! Where the report goes, and that nothing that happens to it disturbs the command.

use crate::support::{
    Directory, run,
    run::text,
    skip::{Skip, skip},
    stream, taskwatch, tracee,
};
use std::{
    fs::File,
    path::Path,
    process::{Command, Stdio},
};

const FORMATS: [&str; 3] = ["tree", "log", "jsonl"];

#[test]
fn the_command_keeps_its_own_output() {
    let directory = Directory::new("own-output");
    for format in FORMATS {
        let report = directory.join(format);
        let output = run(taskwatch().args(["-f", format, "-o"]).arg(&report).args([
            "--",
            "sh",
            "-c",
            "echo out; echo err >&2; exit 4",
        ]));
        assert_eq!(
            (text(&output.stdout), text(&output.stderr)),
            ("out\n".to_owned(), "err\n".to_owned()),
            "{format}"
        );
        assert_eq!(output.status.code(), Some(4));
        assert!(!std::fs::read(&report).unwrap().is_empty(), "{format}");
    }
}

#[test]
fn the_report_goes_to_stderr() {
    let output = run(taskwatch().args(["--", "sh", "-c", "/bin/true; exit 4"]));
    assert_eq!(text(&output.stdout), "");
    let report = text(&output.stderr);
    assert!(report.contains("true") && report.contains('4'), "{report}");
    let last = report.lines().last().unwrap();
    for word in ["wall", "user", "sys", "max RSS", "2 processes", "failure"] {
        assert!(last.contains(word), "no {word} in {last:?}");
    }
    let output = run(taskwatch().args(["-o", "-", "--", "true"]));
    assert_eq!(text(&output.stderr), "");
    assert!(text(&output.stdout).contains("1 process"), "{}", text(&output.stdout));
}

/// Nothing is printed unasked.
#[test]
fn quiet_is_quiet() {
    let output = run(taskwatch().args(["-qq", "--", "sh", "-c", "echo out; /bin/true"]));
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("out\n".to_owned(), String::new()));
}

#[test]
fn a_full_disk_is_told_once_and_disturbs_nobody() {
    if !Path::new("/dev/full").exists() {
        return skip("a_full_disk_is_told_once_and_disturbs_nobody", Skip::NoDevFull);
    }
    for format in FORMATS {
        let script = "for i in 1 2 3 4 5 6 7 8 9; do /bin/true; done; echo out; exit 7";
        let output = run(taskwatch().args(["-f", format, "-o", "/dev/full", "--", "sh", "-c", script]));
        assert_eq!(output.status.code(), Some(7), "{format}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "out\n", "{format}");
        let told = text(&output.stderr);
        assert_eq!(told.lines().count(), 1, "{format}: {told}");
        assert!(told.starts_with("taskwatch: ") && told.contains("No space left"), "{format}: {told}");
    }
}

/// The same for a reader that goes away: no SIGPIPE, no panic, the status is the command's.
#[test]
fn a_reader_that_goes_away_disturbs_nobody() {
    let command = tracee("storm");
    for format in FORMATS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let directory = Directory::new("reader");
        let errors = directory.join("errors");
        let mut supervised = taskwatch();
        supervised.args(["-f", format, "-o", "-", "--"]).arg(&command).args(["50", "5"]);
        supervised.stdout(writer).stderr(File::create(&errors).unwrap());
        let status = run::status(&mut supervised);
        let told = std::fs::read_to_string(&errors).unwrap();
        assert_eq!(status.code(), Some(0), "{format}: {told}");
        assert!(told.lines().count() <= 1 && !told.contains("panicked"), "{format}: {told}");
    }
}

/// `taskwatch --list | head -0`, and its siblings.
#[test]
fn our_own_texts_into_a_closed_pipe() {
    for arguments in [&["--list"][..], &["--help"], &["--version"], &["man"], &["completions", "bash"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let directory = Directory::new("closed-pipe");
        let errors = directory.join("errors");
        let mut command = taskwatch();
        command.args(arguments).stdout(writer).stderr(File::create(&errors).unwrap());
        let status = run::status(&mut command);
        let told = std::fs::read_to_string(&errors).unwrap();
        assert!(!told.contains("panicked"), "{arguments:?}: {told}");
        assert_ne!(status.code(), Some(101), "{arguments:?}");
    }
}

/// Standard streams that are closed stay closed for the command, and no file of ours lands on their numbers.
#[test]
fn closed_standard_streams() {
    let directory = Directory::new("closed");
    let prepare = tracee("prepare");
    let inherit = tracee("inherit");
    for closed in [
        &["close=1"][..],
        &["close=2"],
        &["close=0"],
        &["close=1", "close=2"],
        &["close=0", "close=1", "close=2"],
    ] {
        for format in FORMATS {
            let mut texts = Vec::new();
            for supervised in [true, false] {
                let to = directory.join("state");
                let mut command = Command::new(&prepare);
                command
                    .arg("defaults")
                    .args(closed)
                    .arg("--")
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null());
                if supervised {
                    command.arg(env!("CARGO_BIN_EXE_taskwatch")).args(["-f", format, "--"]);
                }
                let status = run::status(command.arg(&inherit).arg(&to));
                assert_eq!(status.code(), Some(0), "{closed:?}, {format}, supervised: {supervised}");
                let text = std::fs::read_to_string(&to).unwrap();
                texts.push(
                    text.lines().filter(|line| line.starts_with("descriptor")).collect::<Vec<_>>().join("\n"),
                );
            }
            assert_eq!(texts[0], texts[1], "{closed:?}, {format}");
        }
    }
}

/// A report into a file is whole when we are gone, and was not there for the command to write to.
#[test]
fn the_report_file_is_not_the_commands() {
    let directory = Directory::new("close-on-exec");
    let report = directory.join("report");
    let script = "ls -l /proc/$$/fd";
    let output = run(taskwatch().args(["-f", "jsonl", "-o"]).arg(&report).args(["--", "sh", "-c", script]));
    assert!(!text(&output.stdout).contains("report"), "{}", text(&output.stdout));
    let lines = stream::read(&report);
    assert_eq!(lines.last().unwrap().value["complete"], true);
}

/// The report file is opened before the command starts: nothing runs when it cannot be.
#[test]
fn no_report_no_command() {
    let directory = Directory::new("no-report");
    let made = directory.join("made");
    let output = run(taskwatch().args(["-o", "/no/such/directory/report", "--", "touch"]).arg(&made));
    assert_eq!(output.status.code(), Some(125));
    assert!(!made.exists());
    let told = text(&output.stderr);
    assert!(told.contains("/no/such/directory/report"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}
