//! `--list`, `--without`, `--only`.

use crate::support::{
    Directory, run,
    run::text,
    skip::{Skip, installed, skip},
    taskwatch,
};
use serde_json::Value;
use std::{fs, path::Path, process::Command};

fn list(arguments: &[&str], file: Option<&Path>) -> String {
    let output = run(taskwatch().args(arguments).arg("--list").args(file));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout)
}

fn ours() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_taskwatch"))
}

#[test]
fn names_the_stock_watchers() {
    let table = list(&[], None);
    let limit = table.lines().find(|line| line.contains("max_tasks")).unwrap_or_else(|| panic!("{table}"));
    for word in ["init", "taskwatch", "max_tasks.rs:"] {
        assert!(limit.contains(word), "no {word} in {limit:?}");
    }
}

#[test]
fn is_machine_readable_on_request() {
    let lines = list(&["-f", "jsonl"], None);
    let entries: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let limit = entries.iter().find(|entry| entry["name"] == "max_tasks").unwrap();
    assert_eq!(limit["event"], "init");
    assert_eq!(limit["crate"], "taskwatch");
    assert!(limit["line"].is_u64() && limit["order"].is_i64(), "{limit}");
    assert_eq!(
        entries.len() + 1,
        list(&[], None).lines().count(),
        "the table has a heading, and a line for each"
    );
}

/// A file says what the running program says, stripped or not.
#[test]
fn of_a_file() {
    assert_eq!(list(&["-f", "jsonl"], Some(ours())), list(&["-f", "jsonl"], None));
    if installed("strip").is_none() {
        return skip("of_a_file: stripped", Skip::NoStrip);
    }
    let directory = Directory::new("stripped");
    let stripped = directory.join("stripped");
    for option in ["--strip-debug", "--strip-all"] {
        let status = Command::new("strip").arg(option).arg("-o").arg(&stripped).arg(ours()).status().unwrap();
        assert!(status.success());
        assert_eq!(list(&[], Some(&stripped)), list(&[], None), "{option}");
    }
    // And it still works: nothing that the table needs was stripped.
    let listed = run(Command::new(&stripped).arg("--list"));
    assert_eq!(text(&listed.stdout), list(&[], None));
}

/// Those of modules come behind, in the order in which they are called.
#[test]
fn of_modules() {
    let module = std::env::current_exe().unwrap().with_file_name("libexample_module.so");
    let (path, alone) = (module.to_str().unwrap(), list(&["-f", "jsonl"], Some(&module)));
    assert!(alone.contains(r#""name":"tell""#), "{alone}");
    for file in [None, Some(ours())] {
        let both = list(&["-f", "jsonl", "--module", path], file);
        assert_eq!(both, list(&["-f", "jsonl"], file) + &alone);
    }
    let output = run(taskwatch().args(["--module", "/no/such/module.so", "--list"]));
    assert_eq!(output.status.code(), Some(125));
    assert!(text(&output.stderr).starts_with("taskwatch: cannot list /no/such/module.so: "));
}

#[test]
fn of_a_file_without_watchers() {
    let cat = installed("cat").unwrap();
    let output = run(taskwatch().args(["-f", "jsonl", "--list"]).arg(cat));
    assert_eq!(text(&output.stdout), "");
    assert!(matches!(output.status.code(), Some(0 | 125)), "{:?}", output.status);
}

/// What is no program, or a broken one, is an error in one line, never a panic.
#[test]
fn of_what_is_no_program() {
    let directory = Directory::new("no-program");
    let whole = fs::read(ours()).unwrap();
    let mut files = vec![
        directory.write("empty", ""),
        directory.write("text", "#!/bin/sh\nexit 0\n"),
        directory.write("head", &whole[..64]),
        directory.write("half", &whole[..whole.len() / 2]),
        directory.path().to_owned(),
    ];
    // A header whose section table points anywhere.
    let mut wild = whole.clone();
    wild[40..48].copy_from_slice(&u64::MAX.to_le_bytes());
    files.push(directory.write("wild", &wild));
    let mut many = whole.clone();
    many[60..62].copy_from_slice(&u16::MAX.to_le_bytes());
    files.push(directory.write("many", &many));
    for file in files {
        let output = run(taskwatch().arg("--list").arg(&file));
        let told = text(&output.stderr);
        assert!(!told.contains("panicked"), "{}: {told}", file.display());
        match output.status.code() {
            Some(0) => {}
            Some(125) => assert_eq!(told.lines().count(), 1, "{}: {told}", file.display()),
            code => panic!("{}: {code:?}: {told}", file.display()),
        }
    }
}

/// A name that matches nothing is an error that knows a better one.
#[test]
fn unknown_names() {
    for option in ["--without", "--only"] {
        let output = run(taskwatch().args([option, "max_task", "--", "true"]));
        assert_eq!(output.status.code(), Some(125));
        let told = text(&output.stderr);
        assert!(told.contains("max_task") && told.contains("max_tasks"), "{told}");
        let good = run(taskwatch().args(["-qq", option, "max_tasks", "--", "true"]));
        assert_eq!(good.status.code(), Some(0), "{}", text(&good.stderr));
    }
}
