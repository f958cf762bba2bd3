//! The notes on the table of events: per thread; once or twice; in which order.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::support::{Mode, lines, run, tracee};

/// Per thread, not per process: all events of a task's life are told of every thread.
#[test]
fn per_thread_not_per_process() {
    let thread =
        |n| format!("init 1>{n} CLONE_VM|CLONE_THREAD\nclone 1>{n}\nexit {n} code 0\nfree {n} code 0\n");
    let leader = "init 1\nclone 1\nexec 1 threads\nexit 1 code 0\nfree 1 code 0\n";
    for mode in Mode::ALL {
        let mut command = tracee("threads");
        command.arg("2");
        let trace = run(mode, command).trace;
        assert_eq!(trace.by_task(), lines([leader.to_owned(), thread(2), thread(3)].concat()), "{mode:?}");
        let threads: Vec<bool> = trace.tasks.iter().map(|life| life.thread).collect();
        assert_eq!(threads, [false, true, true], "{mode:?}");
    }
}

/// A script fires once, where it fired once for each binary format in 2006; so does one whose interpreter is a script.
#[test]
fn a_script_fires_exec_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let inner = write("inner", "#!/bin/sh\nexit 3\n");
    let outer = write("outer", &format!("#!{}\n", inner.display()));
    for (mode, script) in Mode::ALL.into_iter().flat_map(|mode| [&inner, &outer].map(|script| (mode, script)))
    {
        let run = run(mode, Command::new(script));
        let name = script.file_name().unwrap().to_str().unwrap();
        assert_eq!(run.trace.of_kind("exec"), lines(format!("exec 1 {name}")), "{mode:?}");
        assert_eq!(run.verdict.status, "code 3", "{mode:?}");
    }
}

#[test]
fn an_exec_that_fails_fires_nothing() {
    for mode in Mode::ALL {
        let mut command = tracee("execs");
        command.args(["path", "/bin/echo"]);
        // Five fail before one succeeds.
        assert_eq!(run(mode, command).trace.of_kind("exec"), lines("exec 1 execs\nexec 1 echo"), "{mode:?}");
    }
}

/// In an exec of one thread the others' exit and free come first.
#[test]
fn in_a_threaded_exec_the_others_end_first() {
    for mode in Mode::ALL {
        let mut command = tracee("thread_exec");
        command.args(["3", "leader-waits", "/bin/true"]);
        let all = run(mode, command).trace.whole().0;
        let exec = all.iter().rposition(|line| line.starts_with("exec")).unwrap();
        let (before, after) = all.split_at(exec);
        let ends = |lines: &[String]| {
            let count = |kind| lines.iter().filter(|line| line.starts_with(kind)).count();
            (count("exit"), count("free"))
        };
        assert_eq!((ends(before), ends(after)), ((4, 4), (1, 1)), "{mode:?}: {all:?}");
    }
}

/// One death is exit and then free, whatever the end.
#[test]
fn a_death_is_exit_and_then_free() {
    for mode in Mode::ALL {
        let trace = run(mode, tracee("ends")).trace;
        let tail = trace.whole().0.split_off(3);
        assert_eq!(tail, ["exit 1 SIGKILL", "free 1 SIGKILL"], "{mode:?}");
    }
}
