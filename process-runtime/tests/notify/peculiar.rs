//! Tasks that wait where a trap would harm, or where none can be put: they are interrupted once at most, and notice nothing.

use process_runtime::{NotifyBy, Supervisor};
use rustix::process::{Pid, Signal, kill_process};

use super::subject::{Subject, until_blocked};
use super::support::{Feature, Mode, elsewhere_as_nobody_special, require};

/// One that waits in `number`, with work for it; then its wait is ended.
fn served(mode: Mode, place: &str, number: i64) -> (String, Vec<String>) {
    let mut subject = Subject::start(mode.builder(), "peculiar", &[place]);
    subject.expect("ready");
    until_blocked(subject.pid(), number);
    subject.notify("work");
    (0..20).for_each(|_| drop(subject.session.supervisor.tasks().unwrap()));
    subject.log.write("now");
    subject.go();
    (subject.line(), subject.finish())
}

/// A vfork's creator waits for the child, whom no trap hits.
#[test]
fn in_a_vfork() {
    for mode in Mode::ALL {
        let (line, done) = served(mode, "vfork", libc::SYS_vfork);
        assert_eq!(line, "vfork: 1, SIGTRAP free, default", "{mode:?}");
        assert!(done.len() == 2 && done[1].starts_with("work: user mode, "), "{mode:?} {done:?}");
    }
}

#[test]
fn in_a_32_bit_call() {
    if !require(Feature::Compat) {
        return;
    }
    for mode in Mode::ALL {
        let (line, done) = served(mode, "int80", 3);
        assert_eq!(line, "int80: 1, SIGTRAP free, default", "{mode:?}");
        assert_eq!(done, ["now", "work: user mode, 1"], "{mode:?}");
    }
}

/// KERNEL: a trap takes the handler of a blocked SIGTRAP away, and has an ignored one kill.
#[test]
fn with_sigtrap_handled_and_blocked_or_ignored() {
    for (mode, (place, expected)) in Mode::ALL.into_iter().flat_map(|mode| {
        let places = [
            ("handled", "handled: 1, SIGTRAP blocked, handled"),
            ("ignored", "ignored: 1, SIGTRAP free, ignored"),
        ];
        places.map(|place| (mode, place))
    }) {
        let (line, done) = served(mode, place, libc::SYS_epoll_wait);
        assert_eq!(line, expected, "{mode:?}");
        assert_eq!(done, ["now", "work: user mode, 1"], "{mode:?} {place}");
    }
}

/// What it blocks when the call has returned is not what it blocks in the call.
#[test]
fn with_a_mask_for_the_call() {
    for mode in Mode::ALL {
        let (line, done) = served(mode, "ppoll", libc::SYS_ppoll);
        assert_eq!(line, "ppoll: 1, SIGTRAP blocked, default", "{mode:?}");
        assert_eq!(done, ["now", "work: user mode, 1"], "{mode:?}");
    }
}

#[test]
fn with_all_signals_waited_for() {
    for mode in Mode::ALL {
        let mut subject = Subject::start(mode.builder(), "peculiar", &["sigwait"]);
        subject.expect("ready");
        until_blocked(subject.pid(), libc::SYS_rt_sigtimedwait);
        subject.notify("work");
        (0..20).for_each(|_| drop(subject.session.supervisor.tasks().unwrap()));
        subject.log.write("now");
        kill_process(Pid::from_raw(subject.pid()).unwrap(), Signal::USR1).unwrap();
        subject.expect("sigwait: 1, SIGTRAP blocked, default");
        assert_eq!(subject.finish(), ["now", "work: user mode, 10"], "{mode:?}");
    }
}

/// An ordinary supervisor may neither look at such a task nor write into it.
#[test]
fn of_a_task_that_is_not_dumpable() {
    if !elsewhere_as_nobody_special("peculiar::of_a_task_that_is_not_dumpable") {
        return;
    }
    let mut subject = Subject::start(Supervisor::builder(), "peculiar", &["nodump"]);
    subject.expect("ready");
    while super::subject::state(subject.pid()) != 'S' {
        std::thread::yield_now();
    }
    subject.notify("work");
    (0..20).for_each(|_| drop(subject.session.supervisor.tasks().unwrap()));
    subject.log.write("now");
    subject.go();
    subject.expect("nodump: 1, SIGTRAP free, default");
    assert_eq!(subject.finish(), ["now", "work: user mode, 1"]);
}

/// A task that is stopped at the entry of a call is not turned back where its own filter would see that.
#[test]
fn under_a_filter_that_kills_for_what_is_no_call() {
    for (mode, means) in Mode::ALL
        .into_iter()
        .flat_map(|mode| [NotifyBy::ReturnPoints, NotifyBy::SyscallStops].map(|means| (mode, means)))
    {
        let mut subject = Subject::start(mode.builder().notify_by(means), "peculiar", &["filter"]);
        subject.expect("ready");
        (0..300).for_each(|_| subject.notify("work"));
        subject.go();
        subject.expect("filter: 1, SIGTRAP free, default");
        assert_eq!(subject.finish().len(), 300, "{mode:?} {means:?}");
    }
}
