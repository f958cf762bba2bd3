//! Other ids for a command: a privileged supervisor filters it without no_new_privs, and it has no
//! capability left that it would not have without us.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::steps::{keep_by_securebits, keep_net_raw};
use super::support::{Feature, Mode, elsewhere_as_nobody_special, lines, plain, require, run, tracee};

fn status() -> Command {
    let mut command = Command::new("/bin/grep");
    command.args(["-E", "^(Uid|Gid|Cap|NoNewPrivs)", "/proc/self/status"]);
    command
}

#[test]
fn of_a_command_with_another_uid() {
    if !require(Feature::Root) {
        return;
    }
    let command = || {
        let mut command = status();
        command.uid(1000).gid(1000);
        command
    };
    let expected = plain(command());
    assert!(expected.stdout.0.contains(&"NoNewPrivs:\t0".to_owned()), "{expected:?}");
    assert!(expected.stdout.0.contains(&"CapEff:\t0000000000000000".to_owned()), "{expected:?}");
    for mode in Mode::ALL {
        let run = run(mode, command());
        assert_eq!(run.verdict, expected, "{mode:?}");
        assert_eq!(run.trace.whole(), lines("init 1\nclone 1\nexec 1 grep\nexit 1 code 0\nfree 1 code 0"));
    }
}

/// Capabilities that a step of the caller's keeps over a change of ids are its own affair, and stay. (One that
/// gives CAP_SYS_ADMIN away gets no_new_privs with our filter.)
#[test]
fn of_a_command_that_keeps_capabilities() {
    if !require(Feature::Root) {
        return;
    }
    for keep in [keep_net_raw, keep_by_securebits] {
        let command = || {
            let mut command = Command::new("/bin/grep");
            command.args(["-E", "^(Uid|Cap)", "/proc/self/status"]);
            keep(&mut command, 1000);
            command
        };
        let expected = plain(command());
        for mode in Mode::ALL {
            assert_eq!(run(mode, command()).verdict, expected, "{mode:?}");
        }
    }
    let mut command = status();
    keep_net_raw(&mut command, 1000);
    assert!(plain(command).stdout.0.contains(&"CapAmb:\t0000000000002000".to_owned()));
}

#[test]
fn of_a_privileged_command() {
    let expected = plain(status());
    for mode in Mode::ALL {
        let run = run(mode, status());
        if rustix::process::geteuid().is_root() || mode == Mode::SyscallStops {
            assert_eq!(run.verdict, expected, "{mode:?}");
        }
    }
}

/// An ordinary supervisor may install a filter only with no_new_privs; without a filter it needs none.
#[test]
fn of_an_ordinary_supervisors_command() {
    let name = "privileges::of_an_ordinary_supervisors_command";
    if elsewhere_as_nobody_special(name) {
        let flag = |mode| {
            let run = run(mode, status());
            run.verdict.stdout.0.iter().find(|line| line.starts_with("NoNewPrivs")).cloned().unwrap()
        };
        let flags = Mode::ALL.map(flag);
        assert_eq!(flags, ["NoNewPrivs:\t1", "NoNewPrivs:\t0"]);
    }
}

/// The command's uid is another's while the supervisor keeps its own: signals, kill and spawn still work.
#[test]
fn of_a_tree_of_another_user() {
    if !require(Feature::Root) {
        return;
    }
    for mode in Mode::ALL {
        let mut command = tracee("storm");
        command.args(["3", "30", "1"]).uid(54_321).gid(54_321);
        assert_eq!(run(mode, command).verdict.stdout, lines("3 rounds, all gone"), "{mode:?}");
    }
}
