//! The connector of a module, which the environment describes.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use process_runtime::{ErrorKind, Supervisor};
use watchers_connector::Connector;

use crate::client::{Client, program, words};
use crate::support::{is_elsewhere, myself};

/// This test's own process, with these variables, while it runs.
fn elsewhere(name: &str, variables: &[(&str, &str)]) -> Child {
    let variables = variables.iter().map(|(name, value)| (format!("WATCHERS_CONNECTOR{name}"), value));
    myself(name).envs(variables).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn the_first_event_waits_for_who_is_awaited() {
    let name = "environment::the_first_event_waits_for_who_is_awaited";
    if is_elsewhere(name) {
        let supervisor = Supervisor::builder().start().unwrap();
        for code in [0, 3] {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("exit {code}")]);
            let mut child = supervisor.spawn(command).unwrap();
            assert_eq!(child.wait_tree().unwrap().code(), Some(code));
            // The answer comes when the last task is dropped, and nobody is left who could hold the socket.
            assert!(supervisor.tasks().unwrap().is_empty());
            assert!(!Path::new(&env::var_os("WATCHERS_CONNECTOR").unwrap()).exists());
        }
        return;
    }
    program();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let mut supervisor = elsewhere(name, &[("", path.to_str().unwrap()), ("_AWAIT", "2")]);
    for code in [0, 3 << 8] {
        // Both together hold what is told of the tree from its first event on.
        let clients = [(), ()].map(|()| {
            loop {
                // It is bound when the command is about to start, and refuses until it listens.
                match Client::try_of(&path) {
                    Some(client) => break client,
                    None => assert_eq!(supervisor.try_wait().unwrap(), None, "it has ended instead"),
                }
            }
        });
        for client in clients {
            let lines = client.rest();
            let words: Vec<&str> =
                words(&lines).into_iter().filter(|line| !line.starts_with("ack")).collect();
            let kinds: Vec<&str> = words.iter().map(|line| line.split(' ').next().unwrap()).collect();
            assert_eq!(kinds, ["fork", "exec", "exit"], "{words:?}");
            assert!(words[2].contains(&format!(" {code} 17 ")), "{words:?}");
        }
    }
    assert!(supervisor.wait().unwrap().success());
}

#[test]
fn what_cannot_be_done_refuses_the_command() {
    let name = "environment::what_cannot_be_done_refuses_the_command";
    if is_elsewhere(name) {
        let error = Supervisor::builder().run(Command::new("true")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        eprintln!("{error}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (good, file) = (folder.path().join("good"), folder.path().join("file"));
    fs::write(&file, "").unwrap();
    let (good, file) = (good.to_str().unwrap(), file.to_str().unwrap());
    for (variables, reason, errno) in [
        (
            &[("", "/nowhere/events")][..],
            "connector: /nowhere/events: No such file",
            "No such file or directory",
        ),
        (&[("", file)], "Address already in use", "Address already in use"),
        (&[("", good), ("_AWAIT", "two")], "WATCHERS_CONNECTOR_AWAIT is no number: two", "Invalid argument"),
        (&[("", good), ("_AWAIT", "1"), ("_PATIENCE", "0")], "", "timed out"),
    ] {
        let output = elsewhere(name, variables).wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        let (explanation, refusal) = stderr.split_once("refused by the init watcher").expect(&stderr);
        assert!(explanation.contains(reason), "{stderr}");
        assert!(refusal.contains("connector_opens") && refusal.contains(errno), "{stderr}");
    }
}

#[test]
fn a_file_that_was_left_behind_is_replaced_and_one_in_use_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let alive = Connector::bind(&path).unwrap();
    assert_eq!(Connector::bind(&path).unwrap_err().raw_os_error(), Some(98));
    let kept = folder.path().join("kept");
    fs::hard_link(&path, &kept).unwrap();
    drop(alive);
    fs::rename(&kept, &path).unwrap();
    drop(Connector::bind(&path).unwrap());
    assert!(!path.exists());
}
