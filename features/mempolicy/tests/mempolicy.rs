//! The row "mempolicy" of the features of 2006: tasks read back the policy that they were born with.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

#[path = "../../../process-runtime/tests/support/mod.rs"]
mod support;

use process_runtime::{ErrorKind, Supervisor};
use support::{Feature, Mode, is_elsewhere, lines, myself, require, run_with, tracee};
use watchers::Task;
use watchers_mempolicy::{Mempolicy, Policy};

fn policy(text: &str) -> Policy {
    text.parse().unwrap()
}

#[test]
fn a_command_is_born_with_it_and_its_children_inherit_it() {
    if !require(Feature::Numa) {
        return;
    }
    // What works with one node; the kernel shows a preference of none as the local node's.
    let table = [
        ("bind:0", "bind 1"),
        ("prefer:0", "prefer 1"),
        ("interleave:0", "interleave 1"),
        ("local", "local 0"),
        ("default", "default 0"),
    ];
    for (mode, (text, told)) in Mode::ALL.into_iter().flat_map(|mode| table.map(|row| (mode, row))) {
        let run = run_with(mode.builder().data(Mempolicy::of(policy(text))), tracee("policy"));
        let expected =
            format!("command {told}\nthread {told}\nchild {told}\nprogram {told}\ncode 0\ncommand {told}");
        assert_eq!(run.verdict.stdout, lines(expected), "{mode:?} {text}");
    }
}

/// A vfork child shares its parent's memory, a thread its process's: each has a policy of its own all the same.
#[test]
fn a_rule_gives_some_tasks_another() {
    if !require(Feature::Numa) {
        return;
    }
    for mode in Mode::ALL {
        let rule = |task: &Task| match (task.parent(), task.is_thread()) {
            (None, _) => None,
            (Some(_), true) => Some(policy("interleave:0")),
            (Some(_), false) => Some(policy("bind:0")),
        };
        let run = run_with(mode.builder().data(Mempolicy::by(rule)), tracee("policy"));
        let expected =
            "command default 0\nthread interleave 1\nchild bind 1\nprogram bind 1\ncode 0\ncommand default 0";
        assert_eq!(run.verdict.stdout, lines(expected), "{mode:?}");
    }
}

/// A module has no other settings.
#[test]
fn the_environment_names_a_policy() {
    let name = "the_environment_names_a_policy";
    if !require(Feature::Numa) {
        return;
    }
    if is_elsewhere(name) {
        let run = Supervisor::builder().run(tracee("policy"));
        match std::env::var("EXPECTED").unwrap().as_str() {
            "refused" => assert_eq!(run.unwrap_err().kind(), ErrorKind::Refused),
            _ => assert!(run.unwrap().success()),
        }
        return;
    }
    for (text, expected) in [("bind:0", "program bind 1"), ("bind:63", "refused"), ("bind", "refused")] {
        let output = myself(name).env("WATCHERS_MEMPOLICY", text).env("EXPECTED", expected).output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{text}: {stdout}\n{stderr}");
        match expected {
            "refused" => assert!(stderr.contains("mempolicy: "), "{text}: {stderr}"),
            _ => assert!(stdout.contains(expected), "{text}: {stdout}"),
        }
    }
}
