//! HANDLER: the report for a handler that was set up.

use std::sync::mpsc::channel;

use process_runtime::{ResumeAction, Siginfo, SignalAction};
use watchers::Signal;

use super::deliveries::SIGNALS_AND_QUIET;
use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::{Mode, lines};

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

/// HANDLER, for a signal that an engine has made, with a step that it has asked for: the step goes into the handler.
#[test]
fn handler_of_an_invented_signal() {
    for mode in Mode::ALL {
        let log = Log::default();
        let mut n_handlers = 0;
        let engine =
            Scripted::new("it", SIGNALS_AND_QUIET, &log).in_detail().answering(move |told, _| match told {
                "Signal SIGUSR1 Deliver" => Reply::Resume(ResumeAction::Report),
                "Handler" => {
                    n_handlers += 1;
                    let info = (n_handlers == 1).then(|| Siginfo::new(Signal::SIGUSR2));
                    Reply::Whole(ResumeAction::SingleStep, SignalAction::Deliver, info)
                }
                _ => Reply::Unchanged,
            });
        let run = run_deeds(mode, &["show:10", "show:12", "raise:10"], vec![engine]);
        let printed = ["handler: 12 code 0 value -1", "handler: 10 code -6 value -1", "raise: handled 2"];
        assert_eq!(*run.stdout(), lines(printed.join("\n")), "{mode:?}");
        let expected = [
            "it Report",
            "it Signal SIGUSR1 Deliver",
            "it Handler",
            "it Handler",
            "it SignalCore SIGTRAP Ign",
            "it quiesce Death",
            "it dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}
