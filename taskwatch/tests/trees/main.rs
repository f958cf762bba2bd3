//! Random trees of tasks under the command: the told tree is the true one.
//!
//! `TREES_SEED=n` starts at another seed, `TREES_COUNT=n` runs more or fewer programs, `TREES_PROGRAM=text`
//! with the test `one` shows the stream of one program.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![cfg(target_arch = "x86_64")]

mod compare;
mod generate;
mod model;
mod plain;
mod program;
mod spoil;
#[path = "../support/mod.rs"]
mod support;

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};
use support::{
    Directory, run,
    schema::Schema,
    story::Story,
    stream::{self, Line},
    taskwatch, tracees,
};

/// How many programs there are in all.
const PROGRAMS: u64 = 640;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn seeds() -> std::ops::Range<u64> {
    let first = variable("TREES_SEED").unwrap_or(0);
    first..first + variable("TREES_COUNT").unwrap_or(PROGRAMS)
}

/// The model is right about what a program does where nobody supervises it.
#[test]
fn the_model_tells_the_truth() {
    let mut tasks = 0;
    for seed in seeds() {
        let program = generate::program(seed);
        let tree = model::tree(&program);
        tasks += tree.tasks();
        if let Err(error) = plain::check(&program.to_string(), &tree) {
            panic!("seed {seed}: {program}\n{error}\n{tree:#?}");
        }
    }
    println!("{} programs, {tasks} tasks", seeds().count());
}

/// A program under the command: its stream, and the command's exit status.
fn supervise(program: &str, report: &Path) -> (Vec<Line>, std::process::ExitStatus) {
    let mut command = taskwatch();
    command.args(["-q", "-f", "jsonl", "-o"]).arg(report).arg("--").arg(tracees::treegrow()).arg(program);
    let status = run::status(&mut command);
    (stream::read(report), status)
}

/// Everything that is to be said about one program.
fn check(seed: u64, directory: &Directory, schema: &Schema) -> Result<Vec<Line>, String> {
    let program = generate::program(seed);
    let text = program.to_string();
    let report = directory.join(format!("{seed}.jsonl"));
    let context = |error: String| format!("seed {seed}: {text}\n{error}\nthe stream: {}", report.display());
    let (lines, status) = supervise(&text, &report);
    for line in &lines {
        schema.check(&line.value).map_err(|error| context(format!("line {}: {error}", line.number)))?;
    }
    let tree = model::tree(&program);
    let story = Story::of(&lines).map_err(context)?;
    compare::compare(&story, &tree).map_err(context)?;
    if !tree.wait.contains(&plain::from_exit_status(status)) {
        return Err(context(format!("the command ended with {status}, not {:?}", tree.wait)));
    }
    let without = plain::status(&text);
    if without != status {
        return Err(context(format!("the command ended with {status}, without a supervisor with {without}")));
    }
    Ok(lines)
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or("a panic", String::as_str)
}

#[test]
fn told_trees_are_true() {
    let directory = Directory::new("trees");
    let schema = Schema::of_events();
    let next = AtomicU64::new(seeds().start);
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut failures = Vec::new();
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if !seeds().contains(&seed) {
                            return failures;
                        }
                        match std::panic::catch_unwind(|| check(seed, &directory, &schema)) {
                            Ok(Ok(_)) => drop(std::fs::remove_file(directory.join(format!("{seed}.jsonl")))),
                            Ok(Err(failure)) => failures.push(failure),
                            Err(panic) => failures.push(format!("seed {seed}: {}", message(&*panic))),
                        }
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    // The shortest program says most.
    let mut failures = failures;
    failures.sort_by_key(String::len);
    let shortest = failures.iter().take(5).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(
        failures.is_empty(),
        "{} of {} programs failed; the shortest:\n{shortest}",
        failures.len(),
        seeds().count()
    );
}

/// The checks see what is wrong: every spoilt stream is refused.
#[test]
fn spoilt_streams_are_refused() {
    let directory = Directory::new("spoilt");
    let program = spoil::program();
    let (lines, _) = supervise(&program.to_string(), &directory.join("stream"));
    let tree = model::tree(&program);
    let check = |lines: &[Line]| compare::compare(&Story::of(lines)?, &tree);
    check(&lines).unwrap();
    let mut count = 0;
    for (what, lines) in spoil::each(&lines) {
        count += 1;
        assert!(check(&lines).is_err(), "not seen: {what}");
    }
    assert!(count > 100, "{count}");
}

/// For a reader: the stream of the program `TREES_PROGRAM`; or what is wrong with a stream that a failed test
/// has left (`TREES_STREAM`, a file that is named by its seed).
#[test]
fn one() {
    if let Some(left) = std::env::var_os("TREES_STREAM") {
        let left = Path::new(&left);
        let seed: u64 = left.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        let program = generate::program(seed);
        let verdict =
            Story::of(&stream::read(left)).and_then(|story| compare::compare(&story, &model::tree(&program)));
        println!("{program}\n{verdict:?}");
    }
    let Ok(text) = std::env::var("TREES_PROGRAM") else { return };
    let directory = Directory::new("one");
    let (lines, status) = supervise(&text, &directory.join("stream"));
    for line in &lines {
        println!("{}", line.value);
    }
    println!("{status}, without a supervisor {}", plain::status(&text));
    Story::of(&lines).unwrap();
}
