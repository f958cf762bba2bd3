//! Threads have ids of their own to the kernel; glibc's calls go round all of them.

use super::changes;
use super::support::{Feature, Mode, lines, plain, require, run, tracee};

fn calls(args: &[&str]) -> std::process::Command {
    let mut command = tracee("setid");
    command.args(args);
    command
}

#[test]
fn one_event_for_each_thread_of_a_glibc_program() {
    if !require(Feature::Root) {
        return;
    }
    for mode in Mode::ALL {
        let args = ["threads:3", "setresgid:5,5,5", "setuid:5"];
        let run = run(mode, calls(&args));
        assert_eq!(run.verdict, plain(calls(&args)), "{mode:?}");
        let mut seen = changes(&run).0;
        seen.sort();
        let tasks = 1..=4;
        let kinds = ["gid", "uid"]
            .into_iter()
            .flat_map(|kind| tasks.clone().map(move |task| format!("{kind} {task} 0,0,0,0>5,5,5,5")));
        assert_eq!(seen, kinds.collect::<Vec<_>>(), "{mode:?}");
    }
}

/// A raw call changes the calling thread only; its children begin with its ids.
#[test]
fn the_ids_of_one_thread() {
    if !require(Feature::Root) {
        return;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "t(uf(u0))uf(u0)0").unwrap();
    for mode in Mode::ALL {
        let mut command = tracee("plan");
        command.arg(file.path());
        let expected =
            "uid 2 0,0,0,0>0,0,1,0\nuid 3 0,0,1,0>0,0,2,0\nuid 1 0,0,0,0>0,0,1,0\nuid 4 0,0,1,0>0,0,2,0";
        assert_eq!(changes(&run(mode, command)), lines(expected), "{mode:?}");
    }
}
