//! The connector as a module: the program that loads it does not link it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "connector/client.rs"]
#[allow(dead_code, reason = "this test uses a part of it")]
mod client;
#[path = "../../../process-runtime/tests/support/mod.rs"]
mod support;

use std::process::{Command, Stdio};

use process_runtime::Supervisor;

use client::{Client, program, words};
use support::{is_elsewhere, myself};

/// The `cdylib` of this crate, which cargo makes along with its `rlib`.
fn module() -> std::path::PathBuf {
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    folder.join("libwatchers_connector.so")
}

#[test]
fn a_client_reads_what_a_module_tells() {
    let name = "a_client_reads_what_a_module_tells";
    if is_elsewhere(name) {
        let mut command = Command::new("sh");
        command.args(["-c", "(exit 3); exec env true"]);
        Supervisor::builder().module(module()).run(command).unwrap();
        return;
    }
    program();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let mut supervisor = myself(name);
    supervisor.env("WATCHERS_CONNECTOR", &path).env("WATCHERS_CONNECTOR_AWAIT", "1").stdout(Stdio::null());
    let mut supervisor = supervisor.spawn().unwrap();
    let client = loop {
        // It is bound when the command is about to start, and refuses until it listens.
        match Client::try_of(&path) {
            Some(client) => break client,
            None => assert_eq!(supervisor.try_wait().unwrap(), None, "it has ended instead"),
        }
    };
    let lines = client.rest();
    let kinds: Vec<&str> = words(&lines).iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(kinds, ["ack", "fork", "exec", "fork", "exit", "exec", "exec", "exit"]);
    assert!(supervisor.wait().unwrap().success());
}
