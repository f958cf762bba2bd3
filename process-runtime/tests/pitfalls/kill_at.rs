//! A second status for one tid: a task is killed while it is held at an event. Every request for it fails
//! with ESRCH from then on, and a wait status is coming that overtakes whatever we were about to do.

use rustix::process::{Pid, Signal, kill_process};
use watchers::{Event, EventKind, Task};

use super::support::{Mode, lines, run_with, tracee};

/// Whom to kill at the n-th event of a kind (from 0).
#[derive(Clone, Copy, Debug)]
enum Whom {
    Task,
    Parent,
}

fn kills(
    at: EventKind,
    nth: usize,
    whom: Whom,
    mode: Mode,
    name: &str,
    args: &[&str],
) -> super::support::Run {
    let mut seen = 0;
    let pid = |task: &Task| Pid::from_raw(task.tid()?.as_raw());
    let builder = mode.builder().observe(at, move |task: &Task, _: Event<'_>, _: &_| {
        let victim = match whom {
            Whom::Task => pid(task),
            Whom::Parent => task.parent().and_then(|parent| pid(&parent)),
        };
        if seen == nth {
            // It may be dead already: then there is nothing to kill.
            let _ = kill_process(victim.unwrap(), Signal::KILL);
        }
        seen += 1;
    });
    let mut command = tracee(name);
    command.args(args);
    run_with(builder, command)
}

#[test]
fn the_child_at_its_birth() {
    for mode in Mode::ALL {
        let run = kills(EventKind::Clone, 1, Whom::Task, mode, "fork", &["1"]);
        let expected = "init 1\nclone 1\nexec 1 fork\ninit 1>2 SIGCHLD\nclone 1>2\nexit 2 SIGKILL\nfree 2 SIGKILL\nexit 1 code 0\nfree 1 code 0";
        assert_eq!(without_late(&run), lines(expected), "{mode:?}");
        assert_eq!(run.verdict.stdout, lines("SIG9"), "{mode:?}");
    }
}

#[test]
fn the_parent_at_its_childs_birth() {
    for mode in Mode::ALL {
        let run = kills(EventKind::Clone, 1, Whom::Parent, mode, "fork", &["1"]);
        let expected = "init 1\nclone 1\nexec 1 fork\nexit 1 SIGKILL\nfree 1 SIGKILL\ninit 1>2 SIGCHLD\nclone 1>2\nexit 2 code 0\nfree 2 code 0";
        assert_eq!(lines(run.trace.by_task().to_string().replace(" late", "")), lines(expected), "{mode:?}");
    }
}

#[test]
fn the_command_at_its_birth_its_exec_and_its_exit() {
    let table = [
        // As with std: a child that dies before its exec, without a word, was spawned.
        (EventKind::Clone, "init 1\nclone 1\nexit 1 SIGKILL\nfree 1 SIGKILL", "signal 9"),
        (EventKind::Exec, "init 1\nclone 1\nexec 1 fork\nexit 1 SIGKILL\nfree 1 SIGKILL", "signal 9"),
        // KERNEL: at its exit stop a task has its code already.
        (EventKind::Exit, "init 1\nclone 1\nexec 1 fork\nexit 1 code 0\nfree 1 code 0", "code 0"),
    ];
    for (mode, (at, expected, status)) in Mode::ALL.into_iter().flat_map(|mode| table.map(|row| (mode, row)))
    {
        let run = kills(at, 0, Whom::Task, mode, "fork", &["0"]);
        assert_eq!(without_late(&run), lines(expected), "{mode:?} {at}");
        assert_eq!(run.verdict.status, status, "{mode:?} {at}");
    }
}

#[test]
fn a_task_that_changes_ids() {
    for mode in Mode::ALL {
        let id = rustix::process::getuid().as_raw();
        let run = kills(EventKind::Uid, 0, Whom::Task, mode, "setid", &[&format!("setuid:{id}"), "show"]);
        let ids = format!("{id},{id},{id},{id}");
        let expected =
            format!("init 1\nclone 1\nexec 1 setid\nuid 1 {ids}>{ids}\nexit 1 SIGKILL\nfree 1 SIGKILL");
        assert_eq!(without_late(&run), lines(expected), "{mode:?}");
    }
}

#[test]
fn a_thread_at_its_birth_takes_its_group_with_it() {
    for mode in Mode::ALL {
        let run = kills(EventKind::Clone, 1, Whom::Task, mode, "threads", &["2"]);
        let expected = "init 1\nclone 1\nexec 1 threads\nexit 1 SIGKILL\nfree 1 SIGKILL\n\
                        init 1>2 CLONE_VM|CLONE_THREAD\nclone 1>2\nexit 2 SIGKILL\nfree 2 SIGKILL";
        assert_eq!(lines(run.trace.by_task().to_string().replace(" late", "")), lines(expected), "{mode:?}");
    }
}

#[test]
fn a_thread_that_executes_for_its_group() {
    for (mode, nth) in Mode::ALL.into_iter().flat_map(|mode| [0, 1, 2, 3].map(|nth| (mode, nth))) {
        // At the exit of each of the threads that the exec ends, and at the exec itself.
        let run =
            kills(EventKind::Exit, nth, Whom::Task, mode, "thread_exec", &["3", "leader-waits", "/bin/true"]);
        assert_eq!(run.verdict.status, "signal 9", "{mode:?} {nth}\n{:?}", run.trace);
        let run =
            kills(EventKind::Exec, 1, Whom::Task, mode, "thread_exec", &["3", "leader-waits", "/bin/true"]);
        assert_eq!(run.verdict.status, "signal 9", "{mode:?}\n{:?}", run.trace);
    }
}

/// Whatever dies and whenever: lives are whole and nothing is left (asserted by every run).
#[test]
fn anybody_at_any_event() {
    for mode in Mode::ALL {
        for at in [EventKind::Clone, EventKind::Exec, EventKind::Exit, EventKind::Free] {
            for (nth, whom) in (0..7).flat_map(|nth| [(nth + 1, Whom::Task), (nth + 1, Whom::Parent)]) {
                if matches!((at, whom), (EventKind::Free, Whom::Task)) {
                    continue;
                }
                kills_if_there(at, nth, whom, mode);
            }
        }
    }
}

fn kills_if_there(at: EventKind, nth: usize, whom: Whom, mode: Mode) {
    let mut seen = 0;
    let builder = mode.builder().observe(at, move |task: &Task, _: Event<'_>, _: &_| {
        let victim = match whom {
            Whom::Task => task.tid(),
            Whom::Parent => task.parent().and_then(|parent| parent.tid()),
        };
        if let (true, Some(pid)) = (seen == nth, victim.and_then(|tid| Pid::from_raw(tid.as_raw()))) {
            let _ = kill_process(pid, Signal::KILL);
        }
        seen += 1;
    });
    run_with(builder, tracee("makers"));
}

/// Whether the kernel gave an exit stop after the kill is its own affair.
fn without_late(run: &super::support::Run) -> super::support::Lines {
    lines(run.trace.whole().to_string().replace(" late", ""))
}
