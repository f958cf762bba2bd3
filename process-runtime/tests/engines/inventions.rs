//! REPORT: signals that engines make where there are none.

use process_runtime::{Attach, Report, ResumeAction, Siginfo, SignalAction};
use watchers::Signal;

use super::deliveries::SIGNALS_AND_QUIET;
use super::ready::ready;
use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::{Mode, Session, lines};

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
