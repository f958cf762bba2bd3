//! What becomes of a signal: utrace's signal actions, and what comes with a signal.

use std::sync::mpsc::channel;

use process_runtime::{EngineEvent, EngineEvents, Report, ResumeAction, Siginfo, SignalAction};
use watchers::Signal;

use super::scripted::{Log, Reply, Scripted, attach, run_deeds};
use super::support::{Mode, lines};

pub(crate) const SIGNALS_AND_QUIET: EngineEvents = EngineEvents::of([
    EngineEvent::Quiesce,
    EngineEvent::Signal,
    EngineEvent::SignalIgn,
    EngineEvent::SignalStop,
    EngineEvent::SignalTerm,
    EngineEvent::SignalCore,
]);

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
