//! A client prints the events of a build: the same, in the same order, as an observer of the supervisor saw.

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};

use process_runtime::Supervisor;
use watchers::{Event, EventSet, Task};
use watchers_connector::Connector;

use crate::client::{Client, Line, words};
use crate::support::Session;

/// What the client must print; nobody here has threads, so a parent is who forked.
fn line(task: &Task, event: Event<'_>) -> Option<String> {
    let (tid, pid) = (task.tid()?, task.pid()?);
    let parent = match task.parent().filter(|parent| Some(parent.pid()) == Some(task.ppid())) {
        Some(parent) => format!("{} {}", parent.tid()?, parent.pid()?),
        None => format!("- {}", task.ppid()?),
    };
    match event {
        Event::Clone(_) => Some(format!("fork {parent} {tid} {pid}")),
        Event::Exec(_) => Some(format!("exec {tid} {pid}")),
        Event::Exit(exit) => Some(format!("exit {tid} {pid} {} 17 {parent}", exit.status.as_raw())),
        _ => None,
    }
}

/// A parent outside of the tree is a thread of ours; which, the kernel is asked elsewhere.
fn without_our_threads(words: &str) -> String {
    let us = std::process::id().to_string();
    let parts: Vec<&str> = words.split(' ').collect();
    let parent = match parts[0] {
        "fork" => 1,
        "exit" => 5,
        _ => return words.to_owned(),
    };
    let mut parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
    if parts[parent + 1] == us {
        parts[parent] = "-".to_owned();
    }
    parts.join(" ")
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("one.c", "int one(void) { return 1; }\n");
    write("main.c", "int one(void);\nint main(void) { return one(); }\n");
    write(
        "Makefile",
        "prog: main.o one.o\n\tcc -o $@ $^\n\t./$@ || test $$? = 1\n\
         %.o: %.c\n\tcc -c -o $@ $<\nfail:\n\tfalse\n",
    );
    folder
}

#[test]
fn a_client_prints_the_events_of_a_build() {
    let (sockets, project) = (tempfile::tempdir().unwrap(), project());
    let path = sockets.path().join("events");
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let observed = told.clone();
    let builder = Supervisor::builder().data(Connector::bind(&path).unwrap());
    let session = Session::start(builder.observe(EventSet::ALL, move |task, event, _| {
        observed.lock().unwrap().extend(line(task, event));
    }));
    let (all, failures) = (Client::of(&path), Client::of_some(&path, "0x20000000"));
    let mut make = Command::new("make");
    // Make's own compiler may be anything; two jobs, so that lives overlap.
    make.args(["-j2", "-k", "prog", "fail"]).current_dir(project.path());
    make.env_remove("MAKEFLAGS").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    assert_eq!(session.spawn(make).unwrap().wait_tree().unwrap().code(), Some(2));
    session.finish();

    let (lines, failures) = (all.rest(), failures.rest());
    assert!(!path.exists(), "the socket's file is gone with the supervisor");
    assert_eq!(words(&lines[..1]), ["ack 0"], "the answer to the request");
    let ours: Vec<String> = lines.iter().map(|line| without_our_threads(&line.words)).collect();
    let ours: Vec<&String> = ours.iter().filter(|line| !line.starts_with("ack")).collect();
    let told = told.lock().unwrap();
    assert_eq!(ours, told.iter().collect::<Vec<_>>());
    assert!(told.iter().filter(|line| line.starts_with("exec")).count() > 8, "{told:#?}");

    let failed = |line: &&Line| line.words.starts_with("exit") && !line.words.contains(" 0 17 ");
    assert_eq!(failures, lines.iter().filter(failed).cloned().collect::<Vec<_>>());
    assert!(failures.len() >= 3, "prog, false and make: {failures:#?}");
    well_stamped(&lines);
}

/// Numbers without a gap for each processor, and times that do not go back.
fn well_stamped(lines: &[Line]) {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    for line in lines {
        let count = counts.entry(line.cpu()).or_default();
        assert_eq!(line.seq(), *count, "{line:?}");
        *count += 1;
    }
    assert!(lines.is_sorted_by_key(Line::nanoseconds));
}
