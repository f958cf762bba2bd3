//! Commands that do not start. The supervisor lives on, and tells of each life that it began.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Command;

use process_runtime::{Error, ErrorKind, SpawnStage};

use super::support::{Mode, Session, elsewhere, fail, is_elsewhere, kill, launched, lines, tracee};

/// What a failing spawn answers, and the trace that it leaves.
fn spawn(mode: Mode, command: Command) -> (Error, super::support::Lines) {
    let session = Session::start(mode.builder());
    let error = session.spawn(command).map(drop).unwrap_err();
    // The supervisor is as good as new.
    assert!(session.spawn(Command::new("/bin/true")).unwrap().wait_tree().unwrap().success());
    let (trace, _) = session.finish();
    let first = trace.whole().0.into_iter().filter(|line| !line.ends_with("true") && line.contains(" 1"));
    (error, lines(first.collect::<Vec<_>>().join("\n")))
}

const NOT_MADE: &str = "init 1\nfree 1 failed ";
const FAILED_EXEC: &str = "init 1\nclone 1\nexit 1 code 1\nfree 1 code 1";

#[test]
fn at_exec() {
    let folder = tempfile::tempdir().unwrap();
    let plain_file = folder.path().join("plain");
    fs::write(&plain_file, "#!/nonexistent/interpreter\n").unwrap();
    let table = [
        (Command::new("/nonexistent/program"), libc_errno::ENOENT),
        (Command::new("no-such-program-in-any-path"), libc_errno::ENOENT),
        (Command::new("/"), libc_errno::EACCES),
        (Command::new(&plain_file), libc_errno::EACCES),
    ];
    for (mode, (command, errno)) in Mode::ALL.into_iter().flat_map(|mode| {
        table.iter().map(move |(command, errno)| (mode, (Command::new(command.get_program()), *errno)))
    }) {
        let (error, trace) = spawn(mode, command);
        assert_eq!(
            (error.kind(), error.raw_os_error()),
            (ErrorKind::Spawn(SpawnStage::Exec), Some(errno)),
            "{mode:?}"
        );
        assert_eq!(trace, lines(FAILED_EXEC), "{mode:?}");
    }
    fs::set_permissions(&plain_file, fs::Permissions::from_mode(0o755)).unwrap();
    let (error, _) = spawn(Mode::Filter, Command::new(&plain_file));
    assert_eq!(error.raw_os_error(), Some(libc_errno::ENOENT));
}

#[test]
fn before_exec() {
    for mode in Mode::ALL {
        let mut no_folder = Command::new("/bin/true");
        no_folder.current_dir("/nonexistent");
        let mut step_fails = Command::new("/bin/true");
        fail(&mut step_fails, libc_errno::EDOM);
        for (command, errno) in [(no_folder, libc_errno::ENOENT), (step_fails, libc_errno::EDOM)] {
            let (error, trace) = spawn(mode, command);
            let stage = ErrorKind::Spawn(SpawnStage::Prepare);
            assert_eq!((error.kind(), error.raw_os_error()), (stage, Some(errno)), "{mode:?}");
            let name = watchers::Errno::from_raw(errno);
            assert_eq!(trace, lines(format!("{NOT_MADE}{name}")), "{mode:?}");
        }
        let mut no_such_user = Command::new("/bin/true");
        no_such_user.groups_or_uid();
        if !rustix::process::geteuid().is_root() {
            let (error, _) = spawn(mode, no_such_user);
            assert_eq!(error.raw_os_error(), Some(libc_errno::EPERM), "{mode:?}");
        }
    }
}

trait OtherUser {
    fn groups_or_uid(&mut self) -> &mut Self;
}

impl OtherUser for Command {
    fn groups_or_uid(&mut self) -> &mut Command {
        self.uid(1)
    }
}

#[test]
fn by_a_death_in_its_preparation() {
    for mode in Mode::ALL {
        let mut command = Command::new("/bin/true");
        kill(&mut command);
        let (error, trace) = spawn(mode, command);
        assert_eq!(error.kind(), ErrorKind::Spawn(SpawnStage::Prepare), "{mode:?} {error}");
        assert!(trace.0[0] == "init 1" && trace.0[1].starts_with("free 1 failed"), "{mode:?} {trace:?}");
    }
}

#[test]
fn what_an_error_says() {
    let (error, _) = spawn(Mode::Filter, Command::new("/nonexistent/program"));
    let text = "spawn /nonexistent/program, at exec: No such file or directory (os error 2)";
    assert_eq!(error.to_string(), text);
    assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::NotFound);
    let mut command = Command::new("true");
    command.current_dir("/nonexistent");
    let (error, _) = spawn(Mode::Filter, command);
    let text = "spawn true, before exec in /nonexistent: No such file or directory (os error 2)";
    assert_eq!(error.to_string(), text);
}

/// std, whose child nobody can wait for then, panics.
#[test]
fn while_sigchld_is_ignored() {
    let name = "errors::while_sigchld_is_ignored";
    if !is_elsewhere(name) {
        assert!(!elsewhere(name, |command| launched(&["ignore:17"], &command)));
        return;
    }
    for mode in Mode::ALL {
        let (error, trace) = spawn(mode, Command::new("/nonexistent/program"));
        let stage = ErrorKind::Spawn(SpawnStage::Exec);
        assert_eq!((error.kind(), error.raw_os_error()), (stage, Some(libc_errno::ENOENT)), "{mode:?}");
        assert_eq!(trace, lines(FAILED_EXEC), "{mode:?}");
        let mut no_folder = Command::new("/bin/true");
        no_folder.current_dir("/nonexistent");
        let (error, trace) = spawn(mode, no_folder);
        assert_eq!(error.kind(), ErrorKind::Spawn(SpawnStage::Prepare), "{mode:?} {error}");
        assert_eq!(trace, lines(format!("{NOT_MADE}EIO")), "{mode:?}");
    }
}

/// Many at once, from several threads: none is mistaken for another.
#[test]
fn among_commands_that_start() {
    let session = Session::start(Mode::Filter.builder());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for i in 0..10 {
                    assert!(session.spawn(Command::new("/nonexistent/program")).is_err());
                    let mut command = Command::new("/bin/sh");
                    command.args(["-c", &format!("exit {i}")]);
                    assert_eq!(session.spawn(command).unwrap().wait().unwrap().code(), Some(i));
                    let mut killed = session.spawn(tracee("ends")).unwrap();
                    assert_eq!(killed.wait().unwrap().signal(), Some(9));
                }
            });
        }
    });
    let (trace, _) = session.finish();
    assert_eq!(trace.count("init"), 120);
}

/// The few numbers that these tests need.
mod libc_errno {
    pub(super) const EPERM: i32 = 1;
    pub(super) const ENOENT: i32 = 2;
    pub(super) const EACCES: i32 = 13;
    pub(super) const EDOM: i32 = 33;
}
