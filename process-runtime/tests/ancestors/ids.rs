//! `WATCH_TASK_UID` and `WATCH_TASK_GID`: which calls fire, and with which ids.
//!
//! Threads and set-id files have tests of their own in `tests/credentials`.

use super::support::{Feature, Lines, Mode, lines, plain, require, run, tracee};

/// The uid and gid lines of the calls, which must do the same without us.
fn changes(mode: Mode, calls: &[&str]) -> Lines {
    let command = || {
        let mut command = tracee("setid");
        command.args(calls);
        command
    };
    let run = run(mode, command());
    assert_eq!(run.verdict, plain(command()), "{mode:?} {calls:?}");
    let kept = run.trace.entries.iter().filter(|entry| entry.kind == "uid" || entry.kind == "gid");
    lines(kept.map(|entry| entry.text.clone()).collect::<Vec<_>>().join("\n"))
}

/// Each row: calls, and the events of them, for user ids; the same is tried with group ids, by the call and the
/// event of the other name.
fn check(kind: &str, table: &[(&[&str], &str)]) {
    let other = |text: &str| text.replace("uid", kind);
    for (mode, (calls, expected)) in
        Mode::ALL.into_iter().flat_map(|mode| table.iter().map(move |row| (mode, row)))
    {
        let calls: Vec<String> = calls.iter().map(|call| other(call)).collect();
        let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        assert_eq!(changes(mode, &calls), lines(other(expected)), "{mode:?} {calls:?}");
    }
}

/// Each of the four calls fires, with the ids before and after it.
const EACH: &[(&[&str], &str)] = &[
    (&["setuid:5"], "uid 1 0,0,0,0>5,5,5,5"),
    (&["setreuid:5,6"], "uid 1 0,0,0,0>5,6,6,6"),
    (&["setresuid:5,6,7"], "uid 1 0,0,0,0>5,6,7,6"),
    (&["setfsuid:5"], "uid 1 0,0,0,0>0,0,0,5"),
];

#[test]
fn watch_task_uid() {
    if require(Feature::Root) {
        check("uid", EACH);
    }
}

#[test]
fn watch_task_gid() {
    if require(Feature::Root) {
        check("gid", EACH);
    }
}

/// It fires on every call that succeeds, also where nothing changes.
#[test]
fn calls_that_change_nothing_fire() {
    let table: &[(&[&str], &str)] = &[
        (&["setuid:0"], "uid 1 0,0,0,0>0,0,0,0"),
        (&["setreuid:-1,-1"], "uid 1 0,0,0,0>0,0,0,0"),
        (&["setreuid:0,-1"], "uid 1 0,0,0,0>0,0,0,0"),
        (&["setresuid:-1,-1,-1"], "uid 1 0,0,0,0>0,0,0,0"),
        (&["setresuid:0,0,0"], "uid 1 0,0,0,0>0,0,0,0"),
        (&["setfsuid:0"], "uid 1 0,0,0,0>0,0,0,0"),
        (&["setfsuid:5", "setfsuid:5"], "uid 1 0,0,0,0>0,0,0,5\nuid 1 0,0,0,5>0,0,0,5"),
    ];
    if require(Feature::Root) {
        check("uid", table);
        check("gid", table);
    }
}

/// "Real or effective", the ancestor's documentation said; but those of the file system fired too, and so did the
/// saved ones.
#[test]
fn saved_ids_and_those_of_the_file_system_fire() {
    let table: &[(&[&str], &str)] = &[
        (&["setresuid:-1,-1,7"], "uid 1 0,0,0,0>0,0,7,0"),
        (&["setfsuid:7", "setfsuid:0"], "uid 1 0,0,0,0>0,0,0,7\nuid 1 0,0,0,7>0,0,0,0"),
    ];
    if require(Feature::Root) {
        check("uid", table);
        check("gid", table);
    }
}

/// A call that fails fires nothing.
#[test]
fn calls_that_fail_fire_nothing() {
    if !require(Feature::Root) {
        return;
    }
    for mode in Mode::ALL {
        let calls = ["setresgid:5,5,5", "setresuid:6,6,6", "setuid:7", "setreuid:7,-1", "setresuid:7,7,7"];
        let expected = "gid 1 0,0,0,0>5,5,5,5\nuid 1 0,0,0,0>6,6,6,6";
        assert_eq!(changes(mode, &calls), lines(expected), "{mode:?}");
        let calls = ["setresgid:5,5,5", "setresuid:6,6,6", "setgid:7", "setregid:7,-1", "setresgid:7,7,7"];
        assert_eq!(changes(mode, &calls), lines(expected), "{mode:?}");
    }
}

/// setfsuid and setfsgid answer with the former id, accepted or refused: only what was accepted fires. (In 2006 a
/// refused setfsuid fired, and a refused setfsgid did not.)
#[test]
fn setfsuid_and_setfsgid_refused_and_accepted() {
    if !require(Feature::Root) {
        return;
    }
    for mode in Mode::ALL {
        let calls =
            ["setresuid:5,6,7", "setfsuid:8", "setfsuid:7", "setfsuid:0", "setfsuid:7", "setfsuid:-1"];
        let expected = "uid 1 0,0,0,0>5,6,7,6\nuid 1 5,6,7,6>5,6,7,7\nuid 1 5,6,7,7>5,6,7,7";
        assert_eq!(changes(mode, &calls), lines(expected), "{mode:?}");
        let calls =
            ["setresgid:5,6,7", "setresuid:1,1,1", "setfsgid:8", "setfsgid:7", "setfsgid:0", "setfsgid:7"];
        let expected =
            "gid 1 0,0,0,0>5,6,7,6\nuid 1 0,0,0,0>1,1,1,1\ngid 1 5,6,7,6>5,6,7,7\ngid 1 5,6,7,7>5,6,7,7";
        assert_eq!(changes(mode, &calls), lines(expected), "{mode:?}");
    }
}

/// The 32-bit calls, by `int 0x80`: ids of 32 bits.
#[test]
fn calls_of_32_bits() {
    let table: &[(&[&str], &str)] = &[
        (&["abi:32", "setuid:70000"], "uid 1 0,0,0,0>70000,70000,70000,70000"),
        (&["abi:32", "setreuid:5,6"], "uid 1 0,0,0,0>5,6,6,6"),
        (&["abi:32", "setresuid:5,70000,7"], "uid 1 0,0,0,0>5,70000,7,70000"),
        (&["abi:32", "setfsuid:70000", "setfsuid:-1"], "uid 1 0,0,0,0>0,0,0,70000"),
        (&["abi:32", "setreuid:-1,-1", "setresuid:-1,-1,-1"], "uid 1 0,0,0,0>0,0,0,0\nuid 1 0,0,0,0>0,0,0,0"),
    ];
    if require(Feature::Compat) && require(Feature::Root) {
        check("uid", table);
        check("gid", table);
    }
}

/// The older 32-bit calls: what they are given is cut to 16 bits, of which all ones are "leave it".
#[test]
fn calls_of_16_bits() {
    let table: &[(&[&str], &str)] = &[
        (&["abi:16", "setuid:65541"], "uid 1 0,0,0,0>5,5,5,5"),
        (&["abi:16", "setreuid:5,6"], "uid 1 0,0,0,0>5,6,6,6"),
        (&["abi:16", "setresuid:5,65535,7"], "uid 1 0,0,0,0>5,0,7,0"),
        (&["abi:16", "setfsuid:65537", "setfsuid:65537"], "uid 1 0,0,0,0>0,0,0,1\nuid 1 0,0,0,1>0,0,0,1"),
        (
            &["abi:16", "setreuid:-1,65535", "setresuid:-1,-1,65535"],
            "uid 1 0,0,0,0>0,0,0,0\nuid 1 0,0,0,0>0,0,0,0",
        ),
        (&["abi:16", "setuid:65536"], "uid 1 0,0,0,0>0,0,0,0"),
    ];
    if require(Feature::Compat) && require(Feature::Root) {
        check("uid", table);
        check("gid", table);
    }
}
