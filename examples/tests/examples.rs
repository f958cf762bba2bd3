//! Every example is run with the command in its first line, as whoever runs the tests and, if that is root, as an
//! ordinary user too.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Nobody's ids.
const ORDINARY: u32 = 65534;

#[test]
fn attach_tree() {
    run("attach_tree").has_in_order(&[
        "found: sh -c sleep 1000 & until grep",
        "\n  found: sleep 1000\n",
        "attached to 2 tasks\n",
        "  is made: a copy of its parent\n  runs: ls /\n  ends: exit code 0\n",
        "let go\nsh ended with exit status: 3\n",
    ]);
}

#[test]
fn exec_log() {
    let said = run("exec_log");
    said.has(&[
        "sh -c \"ls | wc -l; cd /usr && env true; env false; exit 0\"",
        "  ls\n",
        "wc -l\n",
        "in /usr\n",
    ]);
    said.has_in_order(&["  env true\n", "  true\n", "  false\n", "ends: exit code 1\n"]);
}

#[test]
fn fork_limit() {
    let said = run("fork_limit");
    said.has_in_order(&[
        "greedy: child 1 lives\n",
        "greedy: child 2 lives\n",
        "greedy: child 3 lives\n",
        "supervisor: refused with EAGAIN by at_most (examples 0.1.0, examples/fork_limit.rs:",
        "greedy: no further child: Resource temporarily unavailable (os error 11)\n",
        "greedy: one has ended, and a new child lives\n",
    ]);
}

#[test]
fn fork_tree() {
    let said = run("fork_tree");
    said.has_in_order(&[
        "sh -c ls | wc -l; (exit 3)  (exit code 3)\n",
        "├─ ls\n",
        "├─ wc -l\n",
        "└─ fork of sh  (exit code 3)\n",
    ]);
}

#[test]
fn from_tokio() {
    let said = run("from_tokio");
    said.has(&["task 1 runs a program\n", "task 2 runs a program\n"]);
    said.has_in_order(&["sleep 0.1: exit status: 0\n", "sleep 100: took too long, signal: 9 (SIGKILL)\n"]);
}

#[test]
fn hold_and_ask() {
    let said = run("hold_and_ask");
    said.has_in_order(&["may env run? yes\n", "wc: ended with 137\n"]);
    said.has(&["may true run? yes\n", "may wc run? no\n"]);
}

#[test]
fn linked_watchers() {
    let said = run("linked_watchers");
    said.has(&["ran ls\n", "ran wc\n", "ran env, then true\n", "ran sh, and made 3 processes\n"]);
    said.has(&["4 processes", "0 failures"]);

    let listed = Command::new(binary("linked_watchers")).arg("--list").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for watcher in ["count_forks", "record_exec", "tell_deeds"] {
        assert!(
            listed.lines().any(|line| line.contains(watcher) && line.contains("examples/src/lib.rs")),
            "{listed}"
        );
    }
}

#[test]
fn sampler() {
    let said = run("sampler");
    said.has_in_order(&["done\n", "sampler: sh ended with exit status: 0\n", " samples\n", "% ", " in "]);
    said.has(&["sleep has waited, in all, for "]);
}

#[test]
fn two_engines() {
    run("two_engines").has_in_order(&[
        "child: done\n",
        "rmdir wants to remove a directory\n",
        "rmdir got EPERM\n",
        "logger: it is gone\n",
        "two_engines: rmdir ended with exit status: 1\n",
    ]);
}

#[test]
fn two_supervisors() {
    run("two_supervisors").has(&["red: 5 programs\n", "blue: 2 programs\n"]);
}

#[test]
fn uid_audit() {
    let change = "real 0 to 65534, effective 0 to 65534, saved 0 to 65534, file system 0 to 65534";
    for said in run("uid_audit").0 {
        match said.user {
            User::Root => said.has_in_order(&[
                &format!("sets its gids: {change}\n"),
                &format!("sets its uids: {change}, and gives up root\n"),
            ]),
            User::Ordinary => said.has_in_order(&["uid_audit: only root can change its ids"]),
        }
    }
}

/// Its first line runs its own tests, which `cargo test` does by itself; here it runs as a program.
#[test]
fn unit_test() {
    run("unit_test").has_in_order(&[
        "generation 2: Verdict::GO\n",
        "generation 3: Verdict::GO\n",
        "generation 4: Verdict::deny(EAGAIN)\n",
    ]);
}

#[test]
fn every_example_has_a_test_and_is_short() {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(package()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.lines().count() <= 120, "{name} is longer than 120 lines");
            assert!(text.contains("#![forbid(unsafe_code)]"), "{name} does not forbid unsafe code");
            assert!(
                text.lines().next().unwrap().contains(&format!("--example {name}")),
                "{name}: the first line"
            );
            names.insert(name);
        }
    }
    let tests = fs::read_to_string(package().join("tests/examples.rs")).unwrap();
    let untested: Vec<_> = names.iter().filter(|name| !tests.contains(&format!("\nfn {name}()"))).collect();
    assert!(untested.is_empty(), "no test runs {untested:?}");
    assert_eq!(names.len(), 12);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    Root,
    Ordinary,
}

/// What an example said on stderr, to whom it ran for.
struct Said {
    user: User,
    text: String,
}

/// What it said to everybody.
struct Runs(Vec<Said>);

impl Said {
    #[track_caller]
    fn has_in_order(&self, expected: &[&str]) {
        let mut rest = self.text.as_str();
        for piece in expected {
            let found = rest.split_once(piece);
            let found =
                found.unwrap_or_else(|| panic!("{:?}: no {piece:?} in order in\n{}", self.user, self.text));
            rest = found.1;
        }
    }
}

impl Runs {
    #[track_caller]
    fn has_in_order(&self, expected: &[&str]) {
        self.0.iter().for_each(|said| said.has_in_order(expected));
    }

    #[track_caller]
    fn has(&self, expected: &[&str]) {
        expected.iter().for_each(|piece| self.has_in_order(&[piece]));
    }
}

/// Runs an example with the arguments in its first line, which must succeed.
#[track_caller]
fn run(name: &str) -> Runs {
    let me = if fs::metadata("/proc/self").unwrap().uid() == 0 { User::Root } else { User::Ordinary };
    let mut runs = vec![run_as(me, &binary(name), name)];
    if me == User::Root {
        // Where the binaries are, an ordinary user may have no way to. The copy is made by another process: a child that
        // some other test forks while we have it open for writing would make it busy.
        let copy = env::temp_dir().join(format!("example-{name}-{}", std::process::id()));
        let copied = Command::new("install").args(["-m", "755"]).args([&binary(name), &copy]).status();
        assert!(copied.unwrap().success());
        runs.push(run_as(User::Ordinary, &copy, name));
        fs::remove_file(copy).unwrap();
    }
    Runs(runs)
}

#[track_caller]
fn run_as(user: User, binary: &Path, name: &str) -> Said {
    let mut shell = Command::new("sh");
    // "$0" is the binary; the arguments are written as for a shell.
    shell.arg("-c").arg(format!("exec \"$0\" {}", arguments(name))).arg(binary);
    shell.stdin(Stdio::null()).current_dir("/");
    if user == User::Ordinary && fs::metadata("/proc/self").unwrap().uid() == 0 {
        shell.uid(ORDINARY).gid(ORDINARY);
    }
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{user:?}: {name} ends with {}:\n{text}", output.status);
    Said { user, text }
}

/// What follows ` -- ` in an example's first line.
fn arguments(name: &str) -> String {
    let text = fs::read_to_string(package().join(format!("{name}.rs"))).unwrap();
    let first = text.lines().next().unwrap();
    first.split_once(" -- ").map_or(String::new(), |(_, arguments)| arguments.to_owned())
}

/// `cargo test` builds the examples; where it was told to build this test only, cargo is asked for them.
fn binary(name: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let test = env::current_exe().unwrap();
        let profile = test.parent().unwrap().parent().unwrap();
        let directory = profile.join("examples");
        if !directory.join("unit_test").exists() {
            build(profile);
        }
        directory
    });
    directory.join(name)
}

fn build(profile: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "examples", "--examples"]).current_dir(package());
    cargo.arg("--target-dir").arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
