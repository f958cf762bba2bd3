//! What a command inherits: the same as from a plain `Command` of the same process.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::support::{
    Lines, Mark, Mode, Verdict, elsewhere, is_elsewhere, launched, lines, plain, run, tracee, tracee_path,
};

/// The probe in a prepared command, under both kinds of stops, compared with a plain run.
fn same(prepare: impl Fn(&mut Command)) {
    let command = || {
        let mut command = tracee("probe");
        command.env_clear().env("HOST", std::process::id().to_string());
        prepare(&mut command);
        command
    };
    let expected = plain(command());
    assert_eq!(expected.status, "code 0");
    for mode in Mode::ALL {
        let seen = run(mode, command()).verdict;
        assert_eq!(difference(&seen, &expected), difference(&expected, &seen), "{mode:?}");
    }
}

/// The lines of `these` that are not among `those`.
///
/// A filter without no_new_privs needs CAP_SYS_ADMIN: an ordinary supervisor cannot hide that one line.
fn difference(these: &Verdict, those: &Verdict) -> Lines {
    let is_root = rustix::process::geteuid().is_root();
    let hidden = |line: &String| is_root || !line.starts_with("NoNewPrivs");
    let only = these.stdout.0.iter().filter(|line| hidden(line) && !those.stdout.0.contains(line));
    lines(only.cloned().collect::<Vec<_>>().join("\n"))
}

#[test]
fn by_default() {
    same(|_| {});
}

#[test]
fn arguments_environment_and_folder() {
    same(|command| {
        command
            .args(["a", "", "b c"])
            .env_clear()
            .env("X", "1")
            .env("Y", "")
            .current_dir("/usr")
            .arg0("other name");
    });
}

#[test]
fn a_process_group() {
    same(|command| {
        command.process_group(0);
    });
}

#[test]
fn ids_and_groups() {
    if !super::support::require(super::support::Feature::Root) {
        return;
    }
    same(|command| {
        command.uid(1234).gid(4321);
    });
}

/// As a host that was itself started with blocked and ignored signals, limits and a mask of file modes.
#[test]
fn from_an_unusual_host() {
    let heritages: [(&str, &[&str]); 4] = [
        ("signals", &["block:10", "block:12", "block:37", "block:17", "ignore:1", "ignore:3", "ignore:40"]),
        ("limits", &["limit:7:100", "limit:3:1048576", "limit:11:500", "nice:5", "umask:077"]),
        ("group", &["group", "subreaper"]),
        ("plain", &[]),
    ];
    let name = "heritage::from_an_unusual_host";
    if is_elsewhere(name) {
        return same(|_| {});
    }
    ["launch", "probe"].iter().for_each(|name| drop(tracee_path(name)));
    for (what, heritage) in heritages {
        eprintln!("{what}");
        assert!(!elsewhere(name, |command| launched(heritage, &command)));
    }
}

/// SIGPIPE and descriptors 0 to 2 as the host was given them: Rust's runtime changes these before `main`, and
/// a program run by a supervisor is to be as if that had not been.
#[test]
fn what_rusts_runtime_changed_is_undone() {
    let name = "heritage::what_rusts_runtime_changed_is_undone";
    if is_elsewhere(name) {
        let supervisor = process_runtime::Supervisor::builder().start().unwrap();
        let status = supervisor.spawn(tracee("probe")).unwrap().wait_tree().unwrap();
        assert!(status.success());
        return supervisor.finish().unwrap();
    }
    ["launch", "probe"].iter().for_each(|name| drop(tracee_path(name)));
    let heritages: [&[&str]; 5] =
        [&[], &["ignore:13"], &["close:0"], &["close:2"], &["ignore:13", "close:0", "close:2"]];
    for heritage in heritages {
        let probe = |command: Command| {
            let mut command = launched(heritage, &command);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            Mark::new().put_on(&mut command);
            let output = command.output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let wanted = ["fd 0", "fd 2", "SigIgn"];
            lines(
                text.lines()
                    .filter_map(|line| wanted.iter().find_map(|key| line.find(key).map(|at| &line[at..])))
                    .collect::<Vec<_>>()
                    .join("\n"),
            )
        };
        let directly = probe(tracee("probe"));
        let supervised = probe(super::support::myself(name));
        // Without us a plain pipe or nothing; libtest's own output may stand before the first line.
        assert_eq!(supervised, directly, "{heritage:?}");
    }
}
