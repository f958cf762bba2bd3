//! Logs that cannot be written, or not be opened.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use process_runtime::{ErrorKind, Supervisor};
use serde_json::Value;

use crate::support::{Feature, is_elsewhere, myself, require};

/// This test's own process, with the log at `path`.
fn elsewhere(mut command: Command, path: &Path) -> Output {
    command.env("WATCHERS_AUDIT", path).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn a_full_disk_is_told_once_and_the_tree_goes_on() {
    let name = "disk::a_full_disk_is_told_once_and_the_tree_goes_on";
    if is_elsewhere(name) {
        assert_eq!(Supervisor::builder().run(shell("true; (exit 1); exit 7")).unwrap().code(), Some(7));
        return;
    }
    let said = stderr(&elsewhere(myself(name), Path::new("/dev/full")));
    assert_eq!(said.matches("No space left on device").count(), 1, "{said}");
    assert_eq!(said.matches("audit:").count(), 1, "{said}");
}

#[test]
fn what_was_lost_is_counted_when_there_is_room_again() {
    let name = "disk::what_was_lost_is_counted_when_there_is_room_again";
    if is_elsewhere(name) {
        let folder = env::current_dir().unwrap();
        let filler = folder.join("filler");
        fs::write(&filler, vec![0; 64 << 10]).unwrap();
        // A page of the log's own is left to it: the last command's arguments are longer.
        let full_again =
            format!("head -c 99999 /dev/zero >again 2>/dev/null; env true {}", "x".repeat(5_000));
        let script = format!("for i in 1 2 3; do env true; done; rm filler; env false; {full_again}; exit 7");
        assert_eq!(Supervisor::builder().run(shell(&script)).unwrap().code(), Some(7));
        let log = fs::read_to_string(folder.join("log")).unwrap();
        let entries: Vec<Value> = log.lines().map_while(|line| serde_json::from_str(line).ok()).collect();
        let kinds: Vec<&str> = entries.iter().map(|entry| entry["event"].as_str().unwrap()).collect();
        // The shell's own, three times env, true and an end, and rm; then there is room.
        assert_eq!(kinds[..5], ["lost", "end", "run", "run", "end"]);
        assert_eq!(entries[0]["records"], 1 + 3 * 3 + 1);
        assert!(entries.len() < log.lines().count() || !log.ends_with('\n'), "it was full again: {kinds:?}");
        return;
    }
    if !require(Feature::Root) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    let mount = "mount -t tmpfs -o size=64k none \"$0\" && cd \"$0\" && exec \"$@\"";
    command.args(["-m", "sh", "-c", mount]).arg(folder.path());
    let test = myself(name);
    command.arg(test.get_program()).args(test.get_args()).stdin(Stdio::null());
    command.envs(test.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let said = stderr(&elsewhere(command, &folder.path().join("log")));
    assert_eq!(said.matches("audit:").count(), 1, "{said}");
}

#[test]
fn a_missing_folder_refuses_the_command() {
    let name = "disk::a_missing_folder_refuses_the_command";
    if is_elsewhere(name) {
        let error = Supervisor::builder().run(Command::new("true")).unwrap_err();
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Refused, Some(2)));
        assert_eq!(error.watcher().unwrap().name, "audit_opens");
        return;
    }
    let said = stderr(&elsewhere(myself(name), Path::new("/nowhere/log")));
    assert!(said.contains("audit: /nowhere/log: No such file or directory"), "{said}");
}
