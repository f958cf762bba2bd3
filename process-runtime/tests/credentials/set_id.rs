//! exec of set-id files, and what every exec does to the saved ids: events as a documented addition.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::changes;
use super::support::{Feature, Mode, Run, elsewhere, is_elsewhere, lines, plain, require, run, tracee_path};

/// Copies of the tracee `setid` with other owners and modes, where anybody may execute them.
struct Programs {
    folder: TempDir,
}

impl Programs {
    fn new() -> Programs {
        // Not below our own target folder, which others may not enter.
        let folder = TempDir::new_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Programs { folder }
    }

    /// By another program: a file that this process has open for writing could not be executed while any
    /// thread forks.
    fn add(&self, name: &str, owner: (u32, u32), mode: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        let copied = Command::new("cp").arg(tracee_path("setid")).arg(&path).status().unwrap();
        assert!(copied.success());
        chown(&path, Some(owner.0), Some(owner.1)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

fn calls(program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

fn same(mode: Mode, program: &Path, args: &[&str]) -> Run {
    let run = run(mode, calls(program, args));
    assert_eq!(run.verdict, plain(calls(program, args)), "{mode:?} {args:?}");
    run
}

#[test]
fn a_privileged_supervisor_keeps_the_bits() {
    if !require(Feature::Root) {
        return;
    }
    let programs = Programs::new();
    let plain_one = programs.add("plain", (0, 0), 0o755);
    let set_uid = programs.add("set-uid", (7, 7), 0o4755);
    let set_gid = programs.add("set-gid", (7, 7), 0o2755);
    let both = programs.add("both", (0, 0), 0o6755);
    let path = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let (to_uid, to_gid, to_both) = (path(&set_uid), path(&set_gid), path(&both));
    let table = [
        (vec!["exec", &to_uid], "uid 1 0,0,0,0>0,7,7,7"),
        (vec!["exec", &to_gid], "gid 1 0,0,0,0>0,7,7,7"),
        (
            vec!["setgid:9", "setuid:9", "exec", &to_both, "setuid:0"],
            "gid 1 0,0,0,0>9,9,9,9\nuid 1 0,0,0,0>9,9,9,9\nuid 1 9,9,9,9>9,0,0,0\ngid 1 9,9,9,9>9,0,0,0\nuid 1 9,0,0,0>0,0,0,0",
        ),
    ];
    for (mode, (args, expected)) in
        Mode::ALL.into_iter().flat_map(|mode| table.iter().map(move |row| (mode, row)))
    {
        let run = same(mode, &plain_one, args);
        assert_eq!((changes(&run), run.notices.len()), (lines(expected), 0), "{mode:?} {args:?}");
    }
}

/// The ids of a new image stand behind its arguments and its environment, near or far.
#[test]
fn whatever_the_program_is_given() {
    if !require(Feature::Root) {
        return;
    }
    let programs = Programs::new();
    let (plain_one, set_uid) =
        (programs.add("plain", (0, 0), 0o755), programs.add("set-uid", (7, 7), 0o4755));
    for n_variables in [0, 50, 90, 100, 150, 980, 1100, 5000] {
        let mut command = calls(&plain_one, &["exec", set_uid.to_str().unwrap()]);
        command.env_clear().envs((0..n_variables).map(|n| (format!("VARIABLE_{n}"), "value")));
        let told = changes(&run(Mode::Filter, command));
        assert_eq!(told, lines("uid 1 0,0,0,0>0,7,7,7"), "{n_variables} variables");
    }
}

/// exec makes the effective ids the saved ones: to the kernel that is a change of ids.
#[test]
fn any_exec_settles_the_saved_ids() {
    if !require(Feature::Root) {
        return;
    }
    let programs = Programs::new();
    let program = programs.add("plain", (0, 0), 0o755);
    let again = program.to_str().unwrap();
    for mode in Mode::ALL {
        let run = same(mode, &program, &["setresuid:-1,-1,5", "setfsgid:6", "exec", again, "exec", again]);
        let expected =
            "uid 1 0,0,0,0>0,0,5,0\ngid 1 0,0,0,0>0,0,0,6\nuid 1 0,0,5,0>0,0,0,0\ngid 1 0,0,0,6>0,0,0,0";
        assert_eq!(changes(&run), lines(expected), "{mode:?}");
    }
}

/// An ordinary supervisor cannot keep the bits: the program runs as its caller, and a notice says so.
#[test]
fn an_ordinary_supervisor_says_that_it_cannot() {
    let name = "set_id::an_ordinary_supervisor_says_that_it_cannot";
    let key = "SET_ID_PROGRAMS";
    if !is_elsewhere(name) && !require(Feature::Root) {
        return;
    }
    let programs = (!is_elsewhere(name)).then(|| {
        let programs = Programs::new();
        programs.add("plain", (0, 0), 0o755);
        programs.add("set-uid", (0, 0), 0o4755);
        programs
    });
    let prepare = |command: Command| {
        let mut command = super::support::as_nobody_special(command);
        command.env(key, programs.as_ref().unwrap().folder.path());
        command
    };
    if elsewhere(name, prepare) {
        let folder = PathBuf::from(std::env::var_os(key).unwrap());
        let (program, set_uid) = (folder.join("plain"), folder.join("set-uid"));
        for mode in Mode::ALL {
            let run = run(mode, calls(&program, &["exec", set_uid.to_str().unwrap(), "show"]));
            let told: Vec<bool> = run.notices.iter().map(|notice| notice.contains("set-uid")).collect();
            assert_eq!((changes(&run), told), (lines(""), vec![true]), "{mode:?}");
            assert!(run.verdict.stdout.0[0].starts_with("uid 54321\t54321\t54321"), "{:?}", run.verdict);
        }
    }
}
