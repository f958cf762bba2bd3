//! Rows of a creator that does not come to the end of its call: a signal is pending, or it is killed.

use std::process::Command;

use process_runtime::Builder;
use rustix::process::{Pid, Signal, kill_process};
use watchers::EventKind;

use super::support::{Mode, lines, run_with, tracee};
use super::watching::listening;

/// Has the creator signalled when all watchers were told of its first fork: it is held before the kernel acts.
fn signalled(builder: Builder, signal: Signal) -> Builder {
    let mut sent = false;
    builder.observe(EventKind::Init, move |task, _, _| {
        let creator = task.parent().and_then(|parent| Pid::from_raw(parent.tid()?.as_raw()));
        if let (Some(pid), false) = (creator, sent) {
            kill_process(pid, signal).unwrap();
            sent = true;
        }
    })
}

/// One fork by the plain system call: the C library's adds flags.
fn plain_fork() -> Command {
    let mut command = tracee("makers");
    command.arg("fork");
    command
}

/// A handler runs, and the call is made again: the program sees one fork, the watchers two.
#[test]
fn a_signal_is_pending_at_the_end() {
    let ways = [("fork", "SIGCHLD"), ("vfork", "CLONE_VM|CLONE_VFORK|SIGCHLD"), ("clone3", "SIGCHLD")];
    for (mode, (way, flags)) in Mode::ALL.into_iter().flat_map(|mode| ways.map(|way| (mode, way))) {
        let (builder, watchers) = listening(mode.builder());
        let mut command = tracee("forksig");
        command.arg(way);
        let run = run_with(signalled(builder, Signal::USR1), command);
        let heard = lines(format!(
            "abc init 2 {flags}
            abc free 2 restarted
            abc init 3 {flags}
            abc clone 3 {flags}
            abc exit 3 exit code 3
            abc free 3 exit code 3"
        ));
        let said = lines("code 3, handled 1");
        assert_eq!((run.verdict.stdout, watchers.trace()), (said, heard), "{mode:?} {way}");
    }
}

/// A signal that ends the creator: it does not call again.
#[test]
fn a_signal_that_ends_the_creator_is_pending_at_the_end() {
    for mode in Mode::ALL {
        let (builder, watchers) = listening(mode.builder());
        let run = run_with(signalled(builder, Signal::TERM), plain_fork());
        let heard = lines("abc init 2 SIGCHLD\nabc free 2 restarted");
        assert_eq!((run.verdict.status.as_str(), watchers.trace()), ("signal 15", heard), "{mode:?}");
    }
}

#[test]
fn the_creator_is_killed_inside_the_call() {
    for mode in Mode::ALL {
        let (builder, watchers) = listening(mode.builder());
        let run = run_with(signalled(builder, Signal::KILL), plain_fork());
        let heard = lines("abc init 2 SIGCHLD\nabc free 2 killed");
        assert_eq!((run.verdict.status.as_str(), watchers.trace()), ("signal 9", heard), "{mode:?}");
    }
}
