//! Signals arrive with all that came with them, and a fork that meets one starts again.

use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use watchers::EventKind;

use super::same_with_and_without;
use super::support::{Mode, lines, plain, run_with, tracee};

#[test]
fn siginfo_and_real_time_signals() {
    same_with_and_without("siginfo", &[]);
}

#[test]
fn thousands_of_ignored_signals() {
    same_with_and_without("ignored", &["20000"]);
}

/// The signal comes while the caller is held before its fork: INIT, FREE (restarted), INIT.
#[test]
fn a_fork_with_a_signal_pending_starts_again() {
    let ways = [("fork", "SIGCHLD"), ("vfork", "CLONE_VM|CLONE_VFORK|SIGCHLD"), ("clone3", "SIGCHLD")];
    for (mode, (way, flags)) in Mode::ALL.into_iter().flat_map(|mode| ways.map(|way| (mode, way))) {
        let mut sent = false;
        let builder = mode.builder().observe(EventKind::Init, move |task, _, _| {
            let parent = task.parent().and_then(|parent| Pid::from_raw(parent.tid()?.as_raw()));
            if let (Some(pid), false) = (parent, sent) {
                kill_process(pid, Signal::USR1).unwrap();
                sent = true;
            }
        });
        let mut command = tracee("forksig");
        command.arg(way);
        let run = run_with(builder, command);
        let expected = lines(format!(
            "init 1
            clone 1
            exec 1 forksig
            init 1>2 {flags}
            free 2 restarted
            init 1>3 {flags}
            clone 1>3
            exit 3 code 3
            free 3 code 3
            exit 1 code 0
            free 1 code 0"
        ));
        assert_eq!(
            (run.trace.whole(), run.verdict.stdout),
            (expected, lines("code 3, handled 1")),
            "{mode:?} {way}"
        );
    }
}

/// As above with a signal that ends the caller: the fork never comes to be.
#[test]
fn a_fork_whose_caller_dies_of_a_pending_signal() {
    for (mode, signal) in
        Mode::ALL.into_iter().flat_map(|mode| [Signal::TERM, Signal::KILL].map(|s| (mode, s)))
    {
        let builder = mode.builder().observe(EventKind::Init, move |task, _, _| {
            let parent = task.parent().and_then(|parent| Pid::from_raw(parent.tid()?.as_raw()));
            if let Some(pid) = parent {
                kill_process(pid, signal).unwrap();
            }
        });
        let run = run_with(builder, tracee("fork"));
        let (cause, end) =
            if signal == Signal::TERM { ("restarted", "SIGTERM") } else { ("killed", "SIGKILL") };
        let expected = lines(format!(
            "init 1
            clone 1
            exec 1 fork
            exit 1 {end}
            free 1 {end}
            init 1>2 SIGCHLD
            free 2 {cause}"
        ));
        // Whether the kernel gives an exit stop after SIGKILL is its own affair. Without one the fork is given
        // up after its caller's death.
        assert_eq!(lines(run.trace.by_task().to_string().replace(" late", "")), expected, "{mode:?}");
    }
}

#[test]
fn a_core_is_dumped_as_without_us() {
    let folder = tempfile::tempdir().unwrap();
    let command = || {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "ulimit -c unlimited; kill -SEGV $$"]).current_dir(folder.path());
        command
    };
    let expected = plain(command());
    for mode in Mode::ALL {
        assert_eq!(run_with(mode.builder(), command()).verdict, expected, "{mode:?}");
    }
}
