//! Programs that look for a difference, with calls at every event.

use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use watchers::{EventKind, EventSet, Task};

use super::caller::{Caller, called};
use super::support::{Mode, Verdict, lines, plain, run_with, tracee};

/// The same output and end as without a supervisor.
fn same(name: &str, args: &[&str]) {
    same_but_for(name, args, |verdict| verdict);
}

fn same_but_for(name: &str, args: &[&str], alike: fn(Verdict) -> Verdict) {
    let command = || {
        let mut command: Command = tracee(name);
        command.args(args);
        command
    };
    let expected = plain(command());
    for mode in Mode::ALL {
        let (run, answers) = called(mode, command());
        assert_eq!(alike(run.verdict), expected, "{mode:?} {name} {args:?}\n{:?}", run.trace);
        assert!(answers.values().flatten().all(|answer| answer != "wrong"), "{answers:?}");
    }
}

/// Hundreds of signals of every kind while the receiver forks: each is counted, in order, with its value.
#[test]
fn a_storm_of_signals() {
    same("sigcount", &["300"]);
}

/// The signal is there before the call. It waits, and interrupts the fork as it would have.
#[test]
fn a_signal_just_before_a_call() {
    for mode in Mode::ALL {
        let caller = Caller::default();
        let mut sent = false;
        let builder = mode.builder().observe(EventKind::Init, move |task: &Task, _, _| {
            let parent = task.parent().and_then(|parent| Pid::from_raw(parent.tid()?.as_raw()));
            if let (Some(pid), false) = (parent, sent) {
                kill_process(pid, Signal::USR1).unwrap();
                sent = true;
            }
        });
        let run = run_with(caller.join(builder, EventSet::ALL), tracee("forksig"));
        let creator = caller.answers().remove(&("init", "its parent"));
        let seen = (run.verdict.stdout, run.trace.of_kind("free"), creator);
        let frees = lines("free 2 restarted\nfree 3 code 3\nfree 1 code 0");
        assert_eq!(seen, (lines("code 3, handled 1"), frees, Some(vec!["right".to_owned()])), "{mode:?}");
    }
}

#[test]
fn what_came_with_a_signal() {
    same("siginfo", &[]);
}

#[test]
fn calls_that_a_signal_interrupts() {
    same("restart", &["handled"]);
    same("restart", &["ignored"]);
}

/// A stop may come before, in and after a call, or a child may be born into one.
#[test]
fn stops_of_a_group() {
    same("stopfork", &["150", "1"]);
    same_but_for("groupstop", &["19", "2"], until_the_call_is_made);
    same("jobctl", &[]);
}

/// A task that is in a call when its group stops makes the call all the same, and can be seen in it. It does
/// not go on.
///
/// KERNEL: a parent that waits between the stop and its SIGCHLD takes the signal's number from it
/// (kernel/exit.c `wait_task_stopped`, kernel/signal.c `do_notify_parent_cldstop`).
fn until_the_call_is_made(verdict: Verdict) -> Verdict {
    let stdout = verdict.stdout.to_string().replace(", a thread runs", ", stopped");
    Verdict { stdout: lines(stdout.replace("si_status 0", "si_status 19")), ..verdict }
}

#[test]
fn filters_of_its_own() {
    for mode in ["errno", "trap", "trace", "kill-thread", "kill"] {
        same("ownfilter", &[mode]);
    }
}

#[test]
fn an_exec_by_a_thread_and_a_leader_that_ends_first() {
    same("thread_exec", &["3", "leader-waits", "/bin/true"]);
    same("leader_first", &[]);
}
