//! SIGKILL at every moment: of whole groups that fork and make threads, and of parents alone.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use watchers::EventKind;

use super::same_with_and_without;
use super::support::{Mode, Session, tracee};

#[test]
fn groups_that_fork_and_make_threads() {
    for seed in ["1", "2", "3", "4"] {
        same_with_and_without("storm", &["15", "60", seed]);
    }
}

#[test]
fn groups_that_have_just_begun() {
    same_with_and_without("storm", &["40", "4", "5"]);
}

#[test]
fn parents_alone_with_children_of_fork() {
    same_with_and_without("orphan_storm", &["300", "24", "1", "fork"]);
}

#[test]
fn parents_alone_with_children_of_vfork() {
    same_with_and_without("orphan_storm", &["200", "16", "2", "vfork"]);
}

#[test]
fn parents_alone_with_threads() {
    same_with_and_without("orphan_storm", &["200", "16", "3", "thread"]);
}

/// One that dies in its call does not take a child that its parent, or another one, is about to report.
#[test]
fn siblings_while_their_parent_forks() {
    const ROUNDS: usize = 100;
    for seed in ["1", "2"] {
        for (mode, run) in same_with_and_without("siblings", &[&ROUNDS.to_string(), seed]) {
            let own = run.trace.of_kind("clone").0.iter().filter(|line| line.starts_with("clone 1>")).count();
            assert!(own >= 2 * ROUNDS, "{mode:?}: {own} of {}", 2 * ROUNDS);
        }
    }
}

/// Nobody watches `init`, so forks are not followed: an orphan that a subreaper of the tree has adopted looks like a child of its, which
/// is about to be reported, and never is.
#[test]
fn parents_alone_where_forks_are_not_followed() {
    for mode in Mode::ALL {
        for [births, most, seed, way] in [["200", "24", "1", "fork"], ["100", "16", "2", "vfork"]] {
            let session = Session::without_recorder(mode.builder().observe(EventKind::Exec, |_, _, _| {}));
            let mut command = tracee("orphan_storm");
            command.args([births, most, seed, way]).stdout(Stdio::null());
            let status = session.spawn(command).unwrap().wait_tree().unwrap();
            assert_eq!((status.code(), status.signal()), (Some(0), None), "{mode:?} {way}");
            session.finish();
        }
    }
}

/// The creator was the last of its tree that was known, and its child has nobody to belong to: the tree ends with the child.
#[test]
fn commands_whose_last_child_nobody_has_reported() {
    for mode in Mode::ALL {
        for kind in [EventKind::Exec, EventKind::Init] {
            let session = Session::without_recorder(mode.builder().observe(kind, |_, _, _| {}));
            for turn in 1..=100 {
                let mut command = tracee("last_fork");
                command.args([1 + turn % 3, turn * 50].map(|n: u32| n.to_string()));
                let status = session.spawn(command).unwrap().wait_tree().unwrap();
                assert_eq!(status.signal(), Some(9), "{mode:?} {kind}");
                assert_eq!(session.mark.alive(), [0; 0], "{mode:?} {kind}: are still under way");
            }
            session.finish();
        }
    }
}
