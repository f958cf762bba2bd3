//! The row of an INIT watcher that refuses: all are asked unless it ends the walk, all are told FREE.

use watchers::{Errno, Verdict};

use super::support::{Mode, lines, run_with, tracee};
use super::watching::answering;

const GO: Verdict = Verdict::GO;

/// What the program sees of its fork, and what the watchers hear.
fn told(verdicts: [Verdict; 3], said: &str, heard: &str) {
    for mode in Mode::ALL {
        let (builder, watchers) = answering(mode.builder(), verdicts);
        let mut command = tracee("makers");
        command.arg("fork");
        let run = run_with(builder, command);
        assert_eq!((run.verdict.stdout, watchers.trace()), (lines(said), lines(heard)), "{mode:?}");
    }
}

#[test]
fn some_init_watcher_refuses() {
    let heard = "abc init 2 SIGCHLD
        abc free 2 denied";
    told([Verdict::deny(Errno::ENFILE), GO, GO], "fork: ENFILE", heard);
    told([GO, Verdict::deny(Errno::ENFILE), GO], "fork: ENFILE", heard);
    told([GO, GO, Verdict::deny(Errno::ENFILE)], "fork: ENFILE", heard);
}

/// The first errno is the fork's; what the later ones answer is forgotten.
#[test]
fn several_init_watchers_refuse() {
    let (deny, heard) = (Verdict::deny, "abc init 2 SIGCHLD\nabc free 2 denied");
    told([deny(Errno::ENOMEM), deny(Errno::ENFILE), deny(Errno::EPERM)], "fork: ENOMEM", heard);
    told([GO, deny(Errno::ENFILE), deny(Errno::EPERM)], "fork: ENFILE", heard);
}

/// The stop mask of the first version: whoever comes later has no INIT, but has a FREE.
#[test]
fn an_init_watcher_ends_the_walk() {
    let (deny, stop) = (Verdict::deny, Verdict::stop);
    let a_only = "a init 2 SIGCHLD
        abc free 2 denied";
    told([stop(Errno::EBUSY), GO, GO], "fork: EBUSY", a_only);
    let a_and_b = "ab init 2 SIGCHLD
        abc free 2 denied";
    told([GO, stop(Errno::EBUSY), deny(Errno::EPERM)], "fork: EBUSY", a_and_b);
    told([deny(Errno::ENOMEM), stop(Errno::EBUSY), GO], "fork: ENOMEM", a_and_b);
}
