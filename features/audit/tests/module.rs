//! The log as a module: the program that loads it does not link it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../process-runtime/tests/support/mod.rs"]
mod support;

use std::process::{Command, Stdio};

use process_runtime::Supervisor;

use support::{is_elsewhere, myself};

#[test]
fn a_module_writes_the_log() {
    let name = "a_module_writes_the_log";
    if is_elsewhere(name) {
        // Cargo makes the `cdylib` along with the `rlib`.
        let module = std::env::current_exe().unwrap().with_file_name("libwatchers_audit.so");
        let status = Supervisor::builder().module(module).run(Command::new("false")).unwrap();
        assert_eq!(status.code(), Some(1));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let status = myself(name).env("WATCHERS_AUDIT", &path).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    let log = std::fs::read_to_string(&path).unwrap();
    let has = |line: usize, text: &str| log.lines().nth(line).is_some_and(|line| line.contains(text));
    assert!(has(0, r#""event":"run""#) && has(1, r#""status":{"code":1}"#) && !has(2, ""), "{log}");
}
