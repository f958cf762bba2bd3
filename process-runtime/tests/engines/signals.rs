//! Signals that engines see, drop, replace and turn into something else.

use std::sync::mpsc::channel;

use process_runtime::{EngineEvent, EngineEvents, ResumeAction, SignalAction};
use watchers::Signal;

use super::scripted::{Log, Reply, Scripted, attach, run_deeds};
use super::support::{Mode, lines};

/// Each kind of disposition is an event of its own, and the program gets what it would have got.
#[test]
fn what_a_signal_would_do_is_its_event() {
    for mode in Mode::ALL {
        let log = Log::default();
        let engine = Scripted::new("sees", EngineEvents::SIGNALS, &log);
        let deeds = ["handle:10", "raise:10", "ignore:12", "raise:12", "raise:28", "raise:6"];
        let run = run_deeds(mode, &deeds, vec![engine]);
        assert_eq!(*run.stdout(), lines("raise: handled 1\nraise: handled 1\nraise: handled 1"), "{mode:?}");
        assert!(run.verdict.status.starts_with("signal 6"), "{}", run.verdict.status);
        let expected = [
            "sees Signal SIGUSR1 Deliver",
            "sees SignalIgn SIGUSR2 Ign",
            "sees SignalIgn SIGWINCH Ign",
            "sees SignalCore SIGABRT Core",
            "sees dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// A deed, what is answered, what the program says, and how it ends.
type Case = (&'static str, fn() -> Reply, &'static str, &'static str);

#[test]
fn a_signal_is_dropped_or_becomes_another() {
    let cases: [Case; 5] = [
        ("raise:15", || Reply::Signal(SignalAction::Ign), "raise: handled 0", "code 0"),
        ("raise:15", || Reply::SignalAs(Signal::SIGUSR1), "raise: handled 1", "code 0"),
        ("raise:10", || Reply::Signal(SignalAction::Term), "", "signal 10"),
        ("raise:15", || Reply::Signal(SignalAction::Term), "", "signal 15"),
        ("raise:10", || Reply::Unchanged, "raise: handled 1", "code 0"),
    ];
    for (mode, (deed, reply, printed, status)) in
        Mode::ALL.into_iter().flat_map(|mode| cases.map(|case| (mode, case)))
    {
        let log = Log::default();
        let engine = Scripted::new("says", EngineEvents::SIGNALS, &log).answering(move |_, _| reply());
        let run = run_deeds(mode, &["handle:10", deed], vec![engine]);
        assert_eq!((run.stdout(), run.verdict.status.as_str()), (&lines(printed), status), "{mode:?} {deed}");
    }
}

/// The last engine has the last word on a signal.
#[test]
fn the_last_answer_holds() {
    for mode in Mode::ALL {
        let log = Log::default();
        let events = EngineEvents::SIGNALS;
        let engines = vec![
            Scripted::new("a", events, &log).answering(|_, _| Reply::Signal(SignalAction::Ign)),
            Scripted::new("b", events, &log).answering(|_, _| Reply::Signal(SignalAction::Deliver)),
        ];
        let run = run_deeds(mode, &["handle:10", "raise:10"], engines);
        assert_eq!(*run.stdout(), lines("raise: handled 1"), "{mode:?}");
        let told = log.lines();
        assert_eq!(told[..2], ["a Signal SIGUSR1 Deliver", "b Signal SIGUSR1 Ign"], "{mode:?}");
    }
}

#[test]
fn job_control_is_told() {
    for mode in Mode::ALL {
        let log = Log::default();
        let to_child = log.clone();
        let parent = Scripted::new("parent", EngineEvent::Clone, &log).seeing_children(move |child, _| {
            attach(child, Scripted::new("child", EngineEvent::Jctl | EngineEvent::SignalStop, &to_child));
        });
        let run = run_deeds(mode, &["stop"], vec![parent]);
        assert_eq!(*run.stdout(), lines("stop: stopped 19, code 4"), "{mode:?}");
        let expected = [
            "parent clone",
            "child SignalStop SIGSTOP Stop",
            "child Stopped SIGSTOP",
            "child Continued SIGCONT",
            "child dropped",
            "parent dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// STOP for a task that is stopped with its group: SIGCONT ends the one, not the other.
#[test]
fn a_stop_outlasts_the_stop_of_the_group() {
    for mode in Mode::ALL {
        let log = Log::default();
        let (to_child, writer) = (log.clone(), log.clone());
        let (held, holding) = channel();
        let parent = Scripted::new("parent", EngineEvent::Clone, &log).seeing_children(move |child, _| {
            let held = held.clone();
            let events = EngineEvent::Jctl | EngineEvent::Exit;
            attach(
                child,
                Scripted::new("child", events, &to_child).answering(move |told, at| match told {
                    "Continued SIGCONT" => {
                        held.send(at.hold()).unwrap();
                        Reply::Resume(ResumeAction::Stop)
                    }
                    _ => Reply::Unchanged,
                }),
            );
        });
        let releases = std::thread::spawn(move || {
            let hold = holding.recv().unwrap();
            (0..100).for_each(|_| hold.engine().barrier().unwrap());
            writer.write("let go");
            hold.release();
        });
        run_deeds(mode, &["stop"], vec![parent]);
        releases.join().unwrap();
        let told = log.lines();
        assert_eq!(
            told[1..5],
            ["child Stopped SIGSTOP", "child Continued SIGCONT", "let go", "child exit exit code 4"],
            "{mode:?}"
        );
    }
}
