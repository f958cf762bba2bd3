//! The row "twbench" of the features of 2006: births and deaths, since the reading before.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../process-runtime/tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use process_runtime::{ErrorKind, Supervisor};
use watchers_twbench::{Bench, Reader, Reading};

use support::{is_elsewhere, myself, tracee};

/// A shell that forks so often.
fn forks(n: u32) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("i=0; while [ $i -lt {n} ]; do (:); i=$((i+1)); done")]);
    command
}

fn counted(reading: Reading) -> (u64, u64) {
    (reading.clones, reading.exits)
}

#[test]
fn twbench_counts_since_the_last_reading() {
    let (bench, other) = (Bench::new(), Bench::new());
    let supervisor = Supervisor::builder().data(bench.clone()).start().unwrap();
    let run = |command| supervisor.spawn(command).unwrap().wait_tree().unwrap();
    run(forks(50));
    let first = bench.read();
    assert_eq!(counted(first), (51, 51), "no first value has to be thrown away");
    assert!(first.clones_per_second() > 1.0 && first.exits_per_second() > 1.0);
    // Threads are tasks.
    let mut command = tracee("threads");
    command.stdout(Stdio::null());
    run(command);
    let threads = counted(bench.read());
    assert!(threads.0 > 1 && threads.0 == threads.1, "{threads:?}");
    assert_eq!(counted(bench.read()), (0, 0));
    assert_eq!(counted(other.read()), (0, 0));
    supervisor.finish().unwrap();
}

#[test]
fn a_file_has_the_totals_at_every_moment() {
    let name = "a_file_has_the_totals_at_every_moment";
    if is_elsewhere(name) {
        for _ in 0..2 {
            Supervisor::builder().run(forks(200)).unwrap();
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts");
    std::fs::write(&path, format!("clones 0 exits 0 events 0\n{}", "left behind ".repeat(50))).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    let mut supervisor = myself(name).env("WATCHERS_TWBENCH", &path).stdout(Stdio::null()).spawn().unwrap();
    let (mut clones, mut exits) = (0, 0);
    while supervisor.try_wait().unwrap().is_none() {
        let reading = reader.read().unwrap();
        (clones, exits) = (clones + reading.clones, exits + reading.exits);
        assert!(exits <= clones, "{exits} of {clones}");
    }
    assert!(supervisor.wait().unwrap().success());
    let last = counted(reader.read().unwrap());
    assert_eq!((clones + last.0, exits + last.1), (402, 402));
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        text.split_whitespace().collect::<Vec<_>>(),
        ["clones", "402", "exits", "402", "events", "804"]
    );
}

#[test]
fn a_file_that_cannot_be_made_refuses_the_command() {
    let name = "a_file_that_cannot_be_made_refuses_the_command";
    if is_elsewhere(name) {
        let error = Supervisor::builder().run(Command::new("true")).unwrap_err();
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Refused, Some(2)));
        return;
    }
    let output = myself(name).env("WATCHERS_TWBENCH", Path::new("/nowhere/counts")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("twbench: /nowhere/counts: No such file"), "{said}");
}

#[test]
fn something_else_is_no_count() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for text in ["", "clones 1 exits 1 events 3\n", "clones 1 exits -1 events 0\n", "\u{fffd}"] {
        std::fs::write(file.path(), text).unwrap();
        assert_eq!(Reader::open(file.path()).unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    }
}
