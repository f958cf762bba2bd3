//! CPython's own tests of processes, signals and threads: each gives with us what it gives without.
//!
//! The suites take minutes, most of them asleep; hence a binary of their own: `cargo test --test python`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};
use support::{
    Directory, fresh, run,
    run::text,
    skip::{Skip, installed, skip},
};

/// A suite takes a minute or two.
const LIMIT: Duration = Duration::from_secs(900);

/// One suite at a time: some of their tests mind a busy machine.
static ONE: Mutex<()> = Mutex::new(());

/// Runs one suite and gives the result of each test.
fn results(suite: &str, supervised: bool) -> BTreeMap<String, String> {
    let directory = Directory::new("python-suite");
    let mut command = if supervised {
        let mut command = fresh(env!("CARGO_BIN_EXE_taskwatch"));
        command.args(["-qq", "--", "python3"]);
        command
    } else {
        fresh("python3")
    };
    command.args(["-m", "test", "-v", "-u", "none", "--tempdir"]).arg(directory.path()).arg(suite);
    let output = run::run_within(LIMIT, command.current_dir(directory.path()));
    parse(&format!("{}{}", text(&output.stdout), text(&output.stderr)))
}

/// `test_name (test.module.Class.test_name) ... ok`, with whatever the test itself printed in between.
fn parse(text: &str) -> BTreeMap<String, String> {
    let mut results = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in text.lines() {
        let mut rest = line;
        if let Some((name, result)) = line.split_once(" ... ")
            && let Some((_, path)) = name.rsplit_once('(')
        {
            current = Some(path.trim_end_matches(')').to_owned());
            rest = result;
        } else if line.ends_with(')') && line.contains(" (test.") {
            current = line.rsplit_once('(').map(|(_, path)| path.trim_end_matches(')').to_owned());
            continue;
        }
        let verdicts = ["ok", "FAIL", "ERROR", "expected failure", "unexpected success"];
        let rest = rest.rsplit_once(" ... ").map_or(rest, |(_, result)| result).trim();
        let verdict =
            verdicts.iter().find(|verdict| rest == **verdict || rest.ends_with(&format!("... {verdict}")));
        let verdict = verdict.copied().or(rest.starts_with("skipped ").then_some("skipped"));
        if let (Some(verdict), Some(name)) = (verdict, &current) {
            results.insert(name.clone(), verdict.to_owned());
            current = None;
        }
    }
    results
}

#[test]
fn parses_what_unittest_writes() {
    let text = "\
test_a (test.test_x.Case.test_a) ... ok
test_b (test.test_x.Case.test_b)
What it is about. ... skipped 'why'
test_c (test.test_x.Case.test_c) ... said something
FAIL
";
    let results: Vec<_> = parse(text).into_iter().collect();
    let expected = [
        ("test.test_x.Case.test_a", "ok"),
        ("test.test_x.Case.test_b", "skipped"),
        ("test.test_x.Case.test_c", "FAIL"),
    ];
    assert_eq!(results, expected.map(|(name, result)| (name.to_owned(), result.to_owned())));
}

fn suite(name: &str) {
    let available = installed("python3").is_some()
        && run(fresh("python3").args(["-c", &format!("import test.{name}")])).status.success();
    if !available {
        return skip(name, Skip::NoPythonSuite);
    }
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let [plain, ours] = thread::scope(|scope| {
        let both = [false, true].map(|supervised| scope.spawn(move || results(name, supervised)));
        both.map(|results| results.join().unwrap())
    });
    drop(one);
    assert!(plain.len() > 20, "{name}: {} results", plain.len());
    let good = |result: &str| result == "ok" || result == "skipped" || result == "expected failure";
    let left_out: Vec<_> = plain.iter().filter(|(_, result)| !good(result)).collect();
    if !left_out.is_empty() {
        eprintln!("left out, for they fail without us too: {left_out:?}");
    }
    let differing: Vec<_> = plain
        .iter()
        .filter(|(_, result)| good(result))
        .filter_map(|(test, result)| {
            let told = ours.get(test).map_or("missing", String::as_str);
            (told != result).then(|| format!("{test}: {told}, without us {result}"))
        })
        .collect();
    assert!(differing.is_empty(), "{} of {} differ: {differing:#?}", differing.len(), plain.len());
}

#[test]
fn test_subprocess() {
    suite("test_subprocess");
}

#[test]
fn test_os() {
    suite("test_os");
}

#[test]
fn test_signal() {
    suite("test_signal");
}

#[test]
fn test_threading() {
    suite("test_threading");
}

#[test]
fn test_posix() {
    suite("test_posix");
}
