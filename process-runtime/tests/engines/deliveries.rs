//! What becomes of a signal: utrace's signal actions, and what comes with a signal.

use std::sync::mpsc::channel;

use process_runtime::{Attach, EngineEvent, EngineEvents, Report, ResumeAction, Siginfo, SignalAction};
use watchers::Signal;

use super::ready::ready;
use super::scripted::{Log, Reply, Scripted, attach, run_deeds};
use super::support::{Mode, Session, lines};

const SIGNALS_AND_QUIET: EngineEvents = EngineEvents::of([
    EngineEvent::Quiesce,
    EngineEvent::Signal,
    EngineEvent::SignalIgn,
    EngineEvent::SignalStop,
    EngineEvent::SignalTerm,
    EngineEvent::SignalCore,
]);

/// HANDLER: whatever is asked for at a signal that runs a handler is had at its first instruction; where nothing is asked
/// for, there is no report.
#[test]
fn handler() {
    let cases = [
        (ResumeAction::SingleStep, true),
        (ResumeAction::BlockStep, true),
        (ResumeAction::Report, true),
        (ResumeAction::Interrupt, true),
        (ResumeAction::Resume, false),
    ];
    for (mode, (asked, is_told)) in Mode::ALL.into_iter().flat_map(|mode| cases.map(|case| (mode, case))) {
        let log = Log::default();
        let engine = Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(move |told, _| {
            Reply::Resume(if told == "Signal SIGUSR1 Deliver" { asked } else { ResumeAction::Resume })
        });
        let run = run_deeds(mode, &["handle:10", "raise:10"], vec![engine]);
        assert_eq!(*run.stdout(), lines("raise: handled 1"), "{mode:?} {asked:?}");
        let expected: &[&str] = match is_told {
            true => &["it Report", "it Signal SIGUSR1 Deliver", "it Handler", "it dropped"],
            false => &["it Report", "it Signal SIGUSR1 Deliver", "it dropped"],
        };
        let told: Vec<String> = log.lines().into_iter().filter(|line| line != "it quiesce Death").collect();
        assert_eq!(told, expected, "{mode:?} {asked:?}");
    }
}

/// HANDLER, for a task that is held there: no instruction of the handler has run.
#[test]
fn handler_of_a_held_task() {
    for mode in Mode::ALL {
        let (log, (held, holding)) = (Log::default(), channel());
        let engine =
            Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(move |told, at| match told {
                "Signal SIGUSR1 Deliver" => Reply::Resume(ResumeAction::Report),
                "Handler" => {
                    held.send(at.hold()).unwrap();
                    Reply::Resume(ResumeAction::Stop)
                }
                _ => Reply::Unchanged,
            });
        let releases = std::thread::spawn(move || holding.recv().unwrap().release());
        let run = run_deeds(mode, &["handle:10", "raise:10"], vec![engine]);
        releases.join().unwrap();
        assert_eq!(*run.stdout(), lines("raise: handled 1"), "{mode:?}");
        assert_eq!(log.lines()[1..3], ["it Signal SIGUSR1 Deliver", "it Handler"], "{mode:?}");
    }
}

/// HANDLER, for a signal whose handler's frame finds no stack: what is delivered instead is a SIGSEGV, and no handler is
/// told of.
#[test]
fn handler_that_cannot_be_set_up() {
    for mode in Mode::ALL {
        let log = Log::default();
        let engine = Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(|told, at| {
            if told != "Signal SIGUSR1 Deliver" {
                return Reply::Unchanged;
            }
            at.stopped().unwrap().set_register(process_runtime::Role::Stack, 64).unwrap();
            Reply::Resume(ResumeAction::SingleStep)
        });
        let run = run_deeds(mode, &["handle:10", "raise:10"], vec![engine]);
        assert!(run.verdict.status.starts_with("signal 11"), "{mode:?} {}", run.verdict.status);
        let expected = [
            "it Report",
            "it Signal SIGUSR1 Deliver",
            "it SignalCore SIGSEGV Core",
            "it quiesce Death",
            "it dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// HOLD: the signal comes back, with all that came with it, when the task goes on.
#[test]
fn hold() {
    for mode in Mode::ALL {
        let (log, (held, holding)) = (Log::default(), channel());
        let mut n_seen = 0;
        let engine = Scripted::new("it", SIGNALS_AND_QUIET, &log).answering(move |told, at| {
            n_seen += 1;
            match (n_seen, told) {
                (2, "Signal SIGUSR1 Deliver") => return Reply::Held,
                (3, "quiesce") => held.send(at.hold()).unwrap(),
                _ => {}
            }
            Reply::Unchanged
        });
        let writer = log.clone();
        let releases = std::thread::spawn(move || {
            let hold = holding.recv().unwrap();
            (0..100).for_each(|_| hold.engine().barrier().unwrap());
            writer.write("let go");
            hold.release();
        });
        let run = run_deeds(mode, &["show:10", "raise:10"], vec![engine]);
        releases.join().unwrap();
        assert_eq!(*run.stdout(), lines("handler: 10 code -6 value -1\nraise: handled 1"), "{mode:?}");
        let expected = [
            // Somebody was attached since its last stop.
            "it quiesce",
            "it Signal SIGUSR1 Deliver",
            "it quiesce",
            "let go",
            "it Signal SIGUSR1 Deliver",
            "it quiesce Death",
            "it dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// HOLD of SIGSTOP, which nobody can block.
#[test]
fn hold_of_a_stop() {
    for mode in Mode::ALL {
        let log = Log::default();
        let to_child = log.clone();
        let parent = Scripted::new("parent", EngineEvent::Clone, &log).seeing_children(move |child, _| {
            let mut n_held = 0;
            let engine = Scripted::new("child", EngineEvents::SIGNALS, &to_child).answering(move |_, _| {
                n_held += 1;
                if n_held < 3 { Reply::Signal(SignalAction::Hold) } else { Reply::Unchanged }
            });
            attach(child, engine);
        });
        let run = run_deeds(mode, &["stop"], vec![parent]);
        assert_eq!(*run.stdout(), lines("stop: stopped 19, code 4"), "{mode:?}");
        assert_eq!(run.notices, [""; 0]);
        let stop = "child SignalStop SIGSTOP Stop";
        let expected = [stop, stop, stop, "child SignalIgn SIGCONT Ign", "child dropped"];
        assert_eq!(log.lines()[1..6], expected, "{mode:?}");
    }
}

/// What comes with a signal is replaced, and an engine that is called later sees that.
#[test]
fn siginfo_is_replaced() {
    for mode in Mode::ALL {
        let log = Log::default();
        let replaces = |_: &str, at: &mut Report<'_>| {
            let info = Siginfo::new(Signal::SIGUSR2).with_code(libc::SI_QUEUE).with_value(42);
            let (tid, uid) = (at.task().tid().unwrap(), 0);
            let pid = watchers::Pid::from_raw(tid.as_raw()).unwrap();
            Reply::Whole(ResumeAction::Resume, SignalAction::Deliver, Some(info.with_sender(pid, uid)))
        };
        let engines = vec![
            Scripted::new("a", EngineEvents::SIGNALS, &log).answering(replaces),
            Scripted::new("b", EngineEvents::SIGNALS, &log),
        ];
        let run = run_deeds(mode, &["show:12", "raise:10"], engines);
        assert_eq!(*run.stdout(), lines("handler: 12 code -1 value 42\nraise: handled 1"), "{mode:?}");
        assert_eq!(
            log.lines()[..2],
            ["a SignalTerm SIGUSR1 Term", "b SignalTerm SIGUSR2 Deliver"],
            "{mode:?}"
        );
    }
}

/// REPORT: where there is no signal, an engine makes one, and is not told of it again.
#[test]
fn report_invents_a_signal() {
    for mode in Mode::ALL {
        let log = Log::default();
        let invents = |told: &str, _: &mut Report<'_>| match told {
            "Signal SIGUSR1 Deliver" => Reply::Resume(ResumeAction::Report),
            "Handler" => {
                let info = Siginfo::new(Signal::SIGUSR2).with_code(libc::SI_USER);
                Reply::Whole(ResumeAction::Resume, SignalAction::Deliver, Some(info))
            }
            _ => Reply::Unchanged,
        };
        let engine = Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(invents);
        let run = run_deeds(mode, &["show:12", "handle:10", "raise:10"], vec![engine]);
        assert_eq!(*run.stdout(), lines("handler: 12 code 0 value -1\nraise: handled 2"), "{mode:?}");
        let expected =
            ["it Report", "it Signal SIGUSR1 Deliver", "it Handler", "it quiesce Death", "it dropped"];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// A remote call would lose the signal that is being delivered, so it is refused; where the handler is set up it is made,
/// and does not show.
#[test]
fn no_remote_call_at_a_signal() {
    for mode in Mode::ALL {
        let (log, writer) = (Log::default(), Log::default());
        let told = writer.clone();
        let engine = Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(move |what, at| {
            if let Some(stopped) = at.stopped() {
                let called = stopped.call(libc::SYS_getppid, [0; 6]);
                writer.write(format!("{what}: {:?}", called.map(|pid| pid > 0)));
            }
            if what.starts_with("Signal ") { Reply::Resume(ResumeAction::Report) } else { Reply::Unchanged }
        });
        let run = run_deeds(mode, &["show:10", "raise:10"], vec![engine]);
        assert_eq!(*run.stdout(), lines("handler: 10 code -6 value -1\nraise: handled 1"), "{mode:?}");
        let expected =
            ["Report: Err(InSignal)", "Signal SIGUSR1 Deliver: Err(InSignal)", "Handler: Ok(true)"];
        assert_eq!(told.lines(), expected, "{mode:?}");
    }
}

/// REPORT: an interruption can make a signal, too; the task is in a call that waits.
#[test]
fn report_after_an_interruption() {
    for mode in Mode::ALL {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["show:10", "wait"]);
        let engine =
            Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(|told, _| match told {
                "Report" => {
                    let info = Siginfo::new(Signal::SIGUSR1).with_code(libc::SI_QUEUE).with_value(7);
                    Reply::Whole(ResumeAction::Resume, SignalAction::Deliver, Some(info))
                }
                _ => Reply::Unchanged,
            });
        let engine = session.supervisor.handle().attach(it.task, engine, Attach::Shared).unwrap();
        assert_eq!(engine.control(ResumeAction::Interrupt), Ok(()));
        assert_eq!(it.next_line(), "handler: 10 code -1 value 7", "{mode:?}");
        it.end_of_input();
        it.child.wait().unwrap();
        let (_, notices) = session.finish();
        assert_eq!(
            (log.lines(), notices.len()),
            (vec!["it Report".to_owned(), "it quiesce Death".to_owned(), "it dropped".to_owned()], 0),
            "{mode:?}"
        );
    }
}

/// REPORT: the first signal after an attachment has a report before it; what is made there comes too.
#[test]
fn report_before_a_signal() {
    for mode in Mode::ALL {
        let log = Log::default();
        let engine =
            Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(|told, _| match told {
                "Report" => {
                    let info = Siginfo::new(Signal::SIGUSR2);
                    Reply::Whole(ResumeAction::Resume, SignalAction::Deliver, Some(info))
                }
                _ => Reply::Unchanged,
            });
        let run = run_deeds(mode, &["show:10", "show:12", "raise:10"], vec![engine]);
        let printed = ["handler: 12 code 0 value -1", "handler: 10 code -6 value -1", "raise: handled 2"];
        assert_eq!(*run.stdout(), lines(printed.join("\n")), "{mode:?}");
        let expected = ["it Report", "it Signal SIGUSR1 Deliver", "it quiesce Death", "it dropped"];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// A signal that is made where the same one waits already is one with that.
#[test]
fn report_that_makes_what_is_there() {
    for mode in Mode::ALL {
        let log = Log::default();
        let engine =
            Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(|told, _| match told {
                "Signal SIGUSR1 Deliver" => Reply::Resume(ResumeAction::Report),
                "Handler" => {
                    let info = Siginfo::new(Signal::SIGUSR2).with_code(libc::SI_QUEUE).with_value(7);
                    Reply::Whole(ResumeAction::Resume, SignalAction::Deliver, Some(info))
                }
                _ => Reply::Unchanged,
            });
        let deeds = ["show:10", "show:12", "block:12", "raise:12", "raise:10", "unblock:12"];
        let run = run_deeds(mode, &deeds, vec![engine]);
        let printed = [
            "raise: handled 0",
            "handler: 10 code -6 value -1",
            "raise: handled 1",
            "handler: 12 code -6 value -1",
        ];
        assert_eq!(*run.stdout(), lines(printed.join("\n")), "{mode:?}");
        let expected = [
            "it Report",
            "it Signal SIGUSR1 Deliver",
            "it Handler",
            "it Signal SIGUSR2 Deliver",
            "it quiesce Death",
            "it dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// What program, what an engine says, and how the program ends.
type Case = (&'static [&'static str], SignalAction, &'static str);

/// TERM and CORE end a program that has handlers for all that does so by default, or ignores or blocks it.
#[test]
fn term_and_core() {
    use SignalAction::{Core, Term};
    let cases: [Case; 8] = [
        (&["handle:10", "raise:10"], Term, "signal 10"),
        (&["ignore:10", "raise:10"], Term, "signal 10"),
        (&["raise:17"], Term, "signal 15"),
        (&["handle:15", "raise:17"], Term, "signal 15"),
        (&["ignore:15", "block:15", "raise:17"], Term, "signal 15"),
        (&["handle:10", "raise:10"], Core, "signal 3"),
        (&["handle:10", "handle:3", "block:3", "raise:10"], Core, "signal 3"),
        (&["handle:6", "raise:6"], Core, "signal 6"),
    ];
    for (mode, (deeds, action, status)) in
        Mode::ALL.into_iter().flat_map(|mode| cases.map(|case| (mode, case)))
    {
        let log = Log::default();
        let engine =
            Scripted::new("it", EngineEvents::SIGNALS, &log).answering(move |_, _| Reply::Signal(action));
        let run = run_deeds(mode, deeds, vec![engine]);
        let ended = run.verdict.status.split(',').next().unwrap();
        assert_eq!((run.stdout(), ended), (&lines(""), status), "{mode:?} {deeds:?} {action:?}");
        assert_eq!(log.lines().len(), 2, "{mode:?} {deeds:?}: told once");
    }
}

/// STOP and TSTP stop a program that has handlers for the signals that do so.
#[test]
fn stop_and_tstp() {
    use SignalAction::{Stop, Tstp};
    let cases: [(&'static [&'static str], SignalAction, &str); 5] = [
        (&["handle:10", "stop:10"], Stop, "stop: stopped 19, code 4"),
        (&["handle:10", "stop:10"], Tstp, "stop: stopped 20, code 4"),
        (&["handle:20", "stop:20"], Tstp, "stop: stopped 21, code 4"),
        (&["handle:20", "handle:21", "ignore:22", "stop:20"], Tstp, "stop: stopped 19, code 4"),
        (&["stop:20"], Tstp, "stop: stopped 20, code 4"),
    ];
    for (mode, (deeds, action, printed)) in
        Mode::ALL.into_iter().flat_map(|mode| cases.map(|case| (mode, case)))
    {
        let log = Log::default();
        let to_child = log.clone();
        let parent = Scripted::new("parent", EngineEvent::Clone, &log).seeing_children(move |child, _| {
            let engine =
                Scripted::new("child", EngineEvents::SIGNALS, &to_child).answering(move |told, _| match told
                    .contains("SIGCONT")
                {
                    true => Reply::Unchanged,
                    false => Reply::Signal(action),
                });
            attach(child, engine);
        });
        let run = run_deeds(mode, deeds, vec![parent]);
        assert_eq!(*run.stdout(), lines(printed), "{mode:?} {deeds:?} {action:?}");
    }
}

/// SIGKILL is never reported.
#[test]
fn sigkill_is_not_reported() {
    for mode in Mode::ALL {
        let log = Log::default();
        let engine = Scripted::new("it", EngineEvents::SIGNALS | EngineEvent::Death, &log);
        run_deeds(mode, &["raise:9"], vec![engine]);
        assert_eq!(log.lines(), ["it death SIGKILL", "it dropped"], "{mode:?}");
    }
}
