//! One tid, many lives: identities are never confused.

use super::same_with_and_without;
use super::support::{Feature, Mode, elsewhere, is_elsewhere, launched, require, run, tracee, tracee_path};

/// The next tid is chosen by the tracee, so that it is the last one's again and again.
#[test]
fn at_once() {
    if !require(Feature::Root) {
        return;
    }
    let name = "reuse::at_once";
    if !is_elsewhere(name) {
        ["reuse", "launch"].iter().for_each(|name| drop(tracee_path(name)));
    }
    // In a pid namespace, where nobody else takes ids.
    if elsewhere(name, |command| launched(&["pidns:4000"], &command)) {
        for (mode, run) in same_with_and_without("reuse", &["400"]) {
            assert_eq!(run.trace.count("clone"), 402, "{mode:?}");
        }
    }
}

/// A namespace with room for few tids, and thousands of lives in it.
#[test]
fn in_a_small_range() {
    if !require(Feature::Root) {
        return;
    }
    let name = "reuse::in_a_small_range";
    if !is_elsewhere(name) {
        ["storm", "combos", "launch"].iter().for_each(|name| drop(tracee_path(name)));
    }
    if elsewhere(name, |command| launched(&["pidns:400"], &command)) {
        for mode in Mode::ALL {
            let mut command = tracee("storm");
            command.args(["20", "60", "7"]);
            run(mode, command);
            let mut command = tracee("combos");
            command.arg("/bin/true");
            let run = run(mode, command);
            assert_eq!(run.trace.count("clone"), 129, "{mode:?}");
        }
    }
}
