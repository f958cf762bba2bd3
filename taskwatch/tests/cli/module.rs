//! `--module`.

use crate::support::{Directory, run, run::text, taskwatch};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The shared library of the example, which cargo has put beside this test.
fn module() -> PathBuf {
    std::env::current_exe().unwrap().with_file_name("libexample_module.so")
}

/// What is said when `arguments` are tried with a module that cannot be used.
fn refused(path: &Path) -> String {
    let output = run(taskwatch().arg("--module").arg(path).args(["--", "echo", "never"]));
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(125), String::new()));
    text(&output.stderr)
}

#[test]
fn its_watchers_are_called() {
    let output = run(taskwatch().arg("--module").arg(module()).args([
        "-qq",
        "--",
        "/bin/sh",
        "-c",
        "/bin/true; /bin/true; exit 4",
    ]));
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(text(&output.stderr), "example module: /bin/sh made 2 tasks\n");
}

/// The loader of the C library says so itself: the constructors of a module run once.
#[test]
fn it_is_loaded_once() {
    let directory = Directory::new("loaded-once");
    let output = run(taskwatch()
        .env("LD_DEBUG", "files")
        .env("LD_DEBUG_OUTPUT", directory.join("loader"))
        .arg("--module")
        .arg(module())
        .args(["-qq", "--", "/bin/true"]));
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let files = fs::read_dir(directory.path()).unwrap();
    let told: String = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let constructed = format!("calling init: {}", module().display());
    assert_eq!(told.matches(&constructed).count(), 1);
}

#[test]
fn the_report_names_them() {
    let output = run(taskwatch().arg("--module").arg(module()).args(["-f", "jsonl", "--", "/bin/true"]));
    assert_eq!(output.status.code(), Some(0));
    let start = text(&output.stderr).lines().next().unwrap_or_default().to_owned();
    assert!(start.ends_with(
        r#"{"name":"count","event":"init"},{"name":"note","event":"exec"},{"name":"tell","event":"free"}]}"#
    ));
}

#[test]
fn its_watchers_have_names() {
    let output = run(taskwatch().arg("--module").arg(module()).args([
        "-qq",
        "--without",
        "example_module::tell",
        "--",
        "/bin/sh",
        "-c",
        "/bin/true; exit 0",
    ]));
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn what_cannot_be_used_is_refused_before_anything_runs() {
    let directory = Directory::new("module");
    let written = directory.write("text", "#!/bin/sh\n");
    let bytes = fs::read(module()).unwrap();
    // The note's tag follows its name and two words.
    let name = b"taskwatch\0\0\0";
    let tag = bytes.windows(name.len()).position(|window| window == name).unwrap() + name.len() + 8;
    let mut foreign = bytes.clone();
    foreign[tag] ^= 1;
    let (other, cut) = (directory.join("other.so"), directory.join("cut.so"));
    fs::write(&other, foreign).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 20]).unwrap();
    let table = [
        (Path::new("/no/such/module.so"), "No such file or directory"),
        (&written, "it is not a program or a library (no ELF file)"),
        (Path::new("/bin/sh"), "there are no task watchers in it"),
        (
            &other,
            "it was built by another compiler, for another target or against other sources of the crate `watchers`",
        ),
        (&cut, "it is damaged: "),
        (Path::new(env!("CARGO_BIN_EXE_taskwatch")), "cannot "),
    ];
    for (path, sentence) in table {
        let said = refused(path);
        assert!(said.contains(sentence), "{}: {said}", path.display());
        assert!(said.starts_with("taskwatch: cannot use the module ") && said.lines().count() == 1, "{said}");
    }
    let twice = run(taskwatch().arg("--module").arg(module()).arg("--module").arg(module()).arg("true"));
    assert!(text(&twice.stderr).contains("it is loaded already"), "{}", text(&twice.stderr));
}
