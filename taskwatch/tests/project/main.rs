//! A project of hundreds of compilations, built by `make -j` with us and without: the same program, and a
//! tree that knows every compiler run.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

use std::{collections::BTreeSet, fmt::Write, fs};
use support::{
    Directory, fresh, run,
    run::text,
    skip::{Skip, installed, skip},
    story::{Status, Story},
    stream, taskwatch,
};

/// How many files are compiled, each by a run of `cc` of its own.
const FILES: usize = 220;

/// Libraries of ten files each, a program that calls them all, and a makefile that makes and runs it.
fn write_project(directory: &Directory) {
    let mut objects = vec!["main.o".to_owned()];
    let mut main = String::from("#include <stdio.h>\n");
    let mut calls = String::new();
    for n in 0..FILES - 1 {
        let (library, name) = (n / 10, format!("f{n}"));
        let callee = if n % 10 == 0 { "x".to_owned() } else { format!("f{}(x + {n})", n - 1) };
        let declared = if n % 10 == 0 { String::new() } else { format!("unsigned f{}(unsigned);\n", n - 1) };
        let source =
            format!("{declared}unsigned {name}(unsigned x)\n{{\n\treturn {callee} * 31 + {n};\n}}\n");
        directory.write(&format!("lib{library}/{name}.c"), source);
        objects.push(format!("lib{library}/{name}.o"));
        if n % 10 == 9 || n == FILES - 2 {
            writeln!(main, "unsigned {name}(unsigned);").unwrap();
            writeln!(calls, "\tsum = {name}(sum);").unwrap();
        }
    }
    writeln!(
        main,
        "int main(void)\n{{\n\tunsigned sum = 1;\n{calls}\tprintf(\"%u\\n\", sum);\n\treturn sum % 64;\n}}"
    )
    .unwrap();
    directory.write("main.c", main);
    let makefile = format!(
        "CFLAGS = -O0 -pipe\nOBJECTS = {}\n\nprogram: $(OBJECTS)\n\t$(CC) -o $@ $(OBJECTS)\n\n%.o: %.c\n\t$(CC) $(CFLAGS) -c -o $@ $<\n",
        objects.join(" ")
    );
    directory.write("Makefile", makefile);
}

#[test]
fn is_built_as_without() {
    if installed("make").is_none() {
        return skip("is_built_as_without", Skip::NoMake);
    }
    let plain = Directory::new("project-plain");
    let ours = Directory::new("project-ours");
    let report = ours.join("report");
    let arguments = ["-s", "-j3", "CC=cc"];
    for directory in [&plain, &ours] {
        write_project(directory);
    }
    let built = run(fresh("make").args(arguments).current_dir(plain.path()));
    assert!(built.status.success(), "{}", text(&built.stderr));
    let mut command = taskwatch();
    command
        .args(["-f", "jsonl", "-o"])
        .arg(&report)
        .args(["--", "make"])
        .args(arguments)
        .current_dir(ours.path());
    let supervised = run(&mut command);
    assert_eq!(supervised.status, built.status);
    assert_eq!(
        (text(&supervised.stdout), text(&supervised.stderr)),
        (text(&built.stdout), text(&built.stderr))
    );
    assert!(
        fs::read(plain.join("program")).unwrap() == fs::read(ours.join("program")).unwrap(),
        "other bytes"
    );
    let results = [&plain, &ours].map(|directory| run(&mut fresh(directory.join("program"))));
    assert_eq!((results[0].status, &results[0].stdout), (results[1].status, &results[1].stdout));
    assert!(!results[0].stdout.is_empty());

    let story = Story::of(&stream::read(&report)).unwrap();
    let dead = story.tasks.values().filter(|task| task.cause.is_none() && task.exit != Some(Status::Code(0)));
    assert_eq!(dead.count(), 0, "everything succeeds in this project");
    let execs = || story.tasks.values().flat_map(|task| &task.execs);
    let runs_of = |name: &str| -> Vec<&Vec<String>> {
        execs()
            .filter(|argv| argv.first().is_some_and(|word| word.rsplit('/').next() == Some(name)))
            .collect()
    };
    let sources = |runs: &[&Vec<String>]| -> BTreeSet<String> {
        runs.iter().flat_map(|argv| argv.iter().filter(|word| word.ends_with(".c")).cloned()).collect()
    };
    let expected: BTreeSet<String> =
        (0..FILES - 1).map(|n| format!("lib{}/f{n}.c", n / 10)).chain(["main.c".to_owned()]).collect();
    // One for each file, and one that links.
    let drivers = runs_of("cc");
    assert_eq!((drivers.len(), sources(&drivers)), (FILES + 1, expected.clone()));
    // What the driver runs for a file is its own affair; gcc's compiler proper is cc1.
    let compilers = runs_of("cc1");
    if compilers.is_empty() {
        return skip("is_built_as_without: runs of cc1", Skip::NoCc1);
    }
    assert_eq!(compilers.len(), FILES);
    let compiled: BTreeSet<String> =
        compilers.iter().flat_map(|argv| argv.iter().find(|word| word.ends_with(".c")).cloned()).collect();
    assert_eq!(compiled, expected);
}

/// The tree for people names each of them too.
#[test]
fn the_tree_names_every_compiler() {
    if installed("make").is_none() {
        return skip("the_tree_names_every_compiler", Skip::NoMake);
    }
    let directory = Directory::new("project-tree");
    write_project(&directory);
    let report = directory.join("report");
    let mut command = taskwatch();
    command
        .arg("-v")
        .arg("-o")
        .arg(&report)
        .args(["--", "make", "-s", "-j3", "CC=cc"])
        .current_dir(directory.path());
    assert!(run(&mut command).status.success());
    let tree = fs::read_to_string(&report).unwrap();
    for n in 0..FILES - 1 {
        let source = format!("lib{}/f{n}.c", n / 10);
        assert!(
            tree.lines().any(|line| line.contains("cc") && line.contains(&source)),
            "{source} is not in the tree"
        );
    }
    assert!(tree.lines().last().unwrap().contains("0 failures"), "{}", tree.lines().last().unwrap());
}
