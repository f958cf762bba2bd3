//! The eight calls: one event for each that the kernel accepts, also where nothing changed.

use super::changes;
use super::support::{
    Feature, Mode, Run, as_nobody_special, elsewhere, is_elsewhere, lines, plain, require, run, tracee,
    tracee_path,
};

fn run_calls(mode: Mode, calls: &[&str]) -> Run {
    let command = || {
        let mut command = tracee("setid");
        command.args(calls);
        command
    };
    let run = run(mode, command());
    assert_eq!(run.verdict, plain(command()), "{mode:?} {calls:?}");
    run
}

#[test]
fn every_call_of_root() {
    if !require(Feature::Root) {
        return;
    }
    let table = [
        (&["setuid:5"][..], "uid 1 0,0,0,0>5,5,5,5"),
        (&["setgid:5"], "gid 1 0,0,0,0>5,5,5,5"),
        (&["setreuid:5,6"], "uid 1 0,0,0,0>5,6,6,6"),
        (&["setregid:5,6"], "gid 1 0,0,0,0>5,6,6,6"),
        (&["setresuid:5,6,7"], "uid 1 0,0,0,0>5,6,7,6"),
        (&["setresgid:5,6,7"], "gid 1 0,0,0,0>5,6,7,6"),
        (&["setfsuid:5"], "uid 1 0,0,0,0>0,0,0,5"),
        (&["setfsgid:5"], "gid 1 0,0,0,0>0,0,0,5"),
        (
            &["setresuid:-1,-1,7", "setresuid:-1,7,-1", "setresuid:0,0,0"],
            "uid 1 0,0,0,0>0,0,7,0\nuid 1 0,0,7,0>0,7,7,7\nuid 1 0,7,7,7>0,0,0,0",
        ),
        (&["setreuid:-1,-1", "setresuid:-1,-1,-1"], "uid 1 0,0,0,0>0,0,0,0\nuid 1 0,0,0,0>0,0,0,0"),
        // Not allowed any more: no event; confirmed: an event.
        (
            &["setuid:5", "setuid:0", "setresuid:5,5,6", "setuid:5"],
            "uid 1 0,0,0,0>5,5,5,5\nuid 1 5,5,5,5>5,5,5,5",
        ),
        (
            &["setgid:5", "setuid:5", "setgid:0", "setregid:-1,5"],
            "gid 1 0,0,0,0>5,5,5,5\nuid 1 0,0,0,0>5,5,5,5\ngid 1 5,5,5,5>5,5,5,5",
        ),
        // The fs ids answer with the old id either way: an event only for what was accepted.
        (
            &["setresuid:5,6,7", "setfsuid:7", "setfsuid:8", "setfsuid:7", "setfsuid:-1"],
            "uid 1 0,0,0,0>5,6,7,6\nuid 1 5,6,7,6>5,6,7,7\nuid 1 5,6,7,7>5,6,7,7",
        ),
        (&["setresuid:5,6,7", "setfsgid:8", "setfsgid:0"], "uid 1 0,0,0,0>5,6,7,6\ngid 1 0,0,0,0>0,0,0,0"),
        (&["setuid:4294967294", "setuid:-1"], "uid 1 0,0,0,0>4294967294,4294967294,4294967294,4294967294"),
    ];
    for (mode, (calls, expected)) in Mode::ALL.into_iter().flat_map(|mode| table.map(|row| (mode, row))) {
        assert_eq!(changes(&run_calls(mode, calls)), lines(expected), "{mode:?} {calls:?}");
    }
}

/// Only one of the two kinds is watched: the other's calls need no stop and leave no trace.
#[test]
fn only_one_kind_watched() {
    use watchers::{Event, EventKind};
    let id = rustix::process::getgid().as_raw();
    for mode in Mode::ALL {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let told = seen.clone();
        let builder = mode.builder().observe(EventKind::Gid, move |_, event, _| {
            if let Event::Gid(gid) = event {
                told.lock().unwrap().push((gid.old.real, gid.new.real));
            }
        });
        let mut command = tracee("setid");
        let uid = rustix::process::getuid().as_raw();
        command.args([format!("setuid:{uid}"), format!("setgid:{id}")]).stdout(std::process::Stdio::null());
        assert!(builder.run(command).unwrap().success());
        assert_eq!(*seen.lock().unwrap(), [(id, id)], "{mode:?}");
    }
}

fn calls_of_an_ordinary_user() {
    let uid = rustix::process::getuid().as_raw();
    let gid = rustix::process::getgid().as_raw();
    let (u, g) = (format!("{uid},{uid},{uid},{uid}"), format!("{gid},{gid},{gid},{gid}"));
    let calls = [
        format!("setuid:{uid}"),
        "setuid:0".to_owned(),
        format!("setgid:{gid}"),
        "setresgid:0,0,0".to_owned(),
        "setfsuid:0".to_owned(),
        format!("setfsuid:{uid}"),
    ];
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    for mode in Mode::ALL {
        let expected = format!("uid 1 {u}>{u}\ngid 1 {g}>{g}\nuid 1 {u}>{u}");
        assert_eq!(changes(&run_calls(mode, &calls)), lines(expected), "{mode:?}");
    }
}

#[test]
fn of_an_ordinary_user() {
    let name = "calls::of_an_ordinary_user";
    if !rustix::process::geteuid().is_root() {
        return calls_of_an_ordinary_user();
    }
    if !is_elsewhere(name) {
        tracee_path("setid");
    }
    if elsewhere(name, as_nobody_special) {
        calls_of_an_ordinary_user();
    }
}
