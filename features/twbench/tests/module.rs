//! The counts as a module: the program that loads it does not link it.

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
fn a_module_counts() {
    let name = "a_module_counts";
    if is_elsewhere(name) {
        // Cargo makes the `cdylib` along with the `rlib`.
        let module = std::env::current_exe().unwrap().with_file_name("libwatchers_twbench.so");
        let status = Supervisor::builder().module(module).run(Command::new("false")).unwrap();
        assert_eq!(status.code(), Some(1));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts");
    let status = myself(name).env("WATCHERS_TWBENCH", &path).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    let counts = std::fs::read_to_string(&path).unwrap();
    assert_eq!(counts.split_whitespace().collect::<Vec<_>>(), ["clones", "1", "exits", "1", "events", "2"]);
}
