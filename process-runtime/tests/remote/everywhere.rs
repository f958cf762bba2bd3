//! Which stops a call can be made at.

use super::caller::{Answers, called};
use super::support::{Feature, Mode, lines, require, tracee};

fn table(rows: &[(&'static str, &'static str, &[&str])]) -> Answers {
    let row = |answers: &[&str]| answers.iter().map(|answer| (*answer).to_owned()).collect();
    rows.iter().map(|(event, who, answers)| ((*event, *who), row(answers))).collect()
}

#[test]
fn at_every_event_in_every_kind_of_child() {
    for mode in Mode::ALL {
        let (run, answers) = called(mode, tracee("makers"));
        let expected = table(&[
            // The command has no parent here; the others are asked for before there is a task.
            ("init", "the task", &["no stop"]),
            ("init", "its parent", &["right"]),
            ("clone", "the task", &["right"]),
            ("clone", "its parent", &["InFork"]),
            ("exec", "the task", &["right"]),
            ("exec", "its parent", &["no stop"]),
            ("exit", "the task", &["Dying"]),
            ("exit", "its parent", &["no stop"]),
            ("free", "the task", &["no stop"]),
            ("free", "its parent", &["no stop"]),
            ("group_dead", "the task", &["no stop"]),
            ("group_dead", "its parent", &["no stop"]),
        ]);
        assert_eq!(answers, expected, "{mode:?}\n{}", run.trace);
        let made =
            "fork: code 0\nvfork: code 0\nclone: code 0\nclone3: code 0\nthread: joined\nspawn: code 0";
        assert_eq!(run.verdict.stdout, lines(made), "{mode:?}");
    }
}

/// glibc has every thread make the call, by a signal.
#[test]
fn at_the_end_of_a_call_that_sets_ids() {
    let id = rustix::process::getuid().as_raw();
    for mode in Mode::ALL {
        let mut command = tracee("setid");
        command.args(["threads:3".to_owned(), format!("setuid:{id}"), "exec".into(), "/bin/true".into()]);
        let (run, answers) = called(mode, command);
        assert_eq!(answers[&("uid", "the task")], ["right"], "{mode:?}");
        assert_eq!((run.trace.count("uid"), run.verdict.status.as_str()), (4, "code 0"), "{mode:?}");
    }
}

/// A call of the other table cannot be exchanged for one of ours; what it makes runs 64-bit code.
#[test]
fn a_creator_in_a_32_bit_call() {
    if !require(Feature::Compat) {
        return;
    }
    for mode in Mode::ALL {
        let (run, answers) = called(mode, tracee("int80"));
        assert_eq!(answers[&("init", "its parent")], ["NotNative", "right"], "{mode:?}");
        assert_eq!(answers[&("clone", "the task")], ["right"], "{mode:?}");
        let said = "getpid right\nfork code 2\nclone code 3\nuntraced code 5\nids and exec code 7";
        assert_eq!(run.verdict.stdout, lines(said), "{mode:?}");
    }
}
