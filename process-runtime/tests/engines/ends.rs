//! DEATH, REAP, and what is left after them: nothing.

use process_runtime::{EngineEvent, EngineEvents, ResumeAction};

use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::Mode;

/// Who detaches at DEATH has no REAP.
#[test]
fn a_death_that_detaches_has_no_reap() {
    for mode in Mode::ALL {
        let log = Log::default();
        let events = EngineEvent::Death | EngineEvent::Reap;
        let engines = vec![
            Scripted::new("leaves", events, &log).answering(|_, _| Reply::Resume(ResumeAction::Detach)),
            Scripted::new("stays", events, &log).answering(|_, _| Reply::Resume(ResumeAction::Stop)),
        ];
        run_deeds(mode, &["exit:2"], engines);
        let expected = [
            "leaves death exit code 2",
            "leaves dropped",
            "stays death exit code 2",
            "stays reap",
            "stays dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// Each way to die is a death, and the exit before it is had where an engine wants it.
#[test]
fn every_death_is_told() {
    let cases = [("exit:4", "exit code 4"), ("raise:9", "SIGKILL"), ("raise:15", "SIGTERM")];
    for (mode, (deed, status)) in Mode::ALL.into_iter().flat_map(|mode| cases.map(|case| (mode, case))) {
        let log = Log::default();
        let events = EngineEvent::Exit | EngineEvent::Death | EngineEvent::Reap;
        run_deeds(mode, &[deed], vec![Scripted::new("sees", events, &log)]);
        let expected = [
            format!("sees exit {status}"),
            format!("sees death {status}"),
            "sees reap".to_owned(),
            "sees dropped".to_owned(),
        ];
        assert_eq!(log.lines(), expected, "{mode:?} {deed}");
    }
}

/// QUIESCE goes before the events that somebody wants, and the death needs nobody to want it.
#[test]
fn a_quiesce_goes_before() {
    for mode in Mode::ALL {
        let log = Log::default();
        let engines = vec![
            Scripted::new("quiet", EngineEvent::Quiesce, &log),
            Scripted::new("wants", EngineEvents::from(EngineEvent::Exit), &log),
        ];
        run_deeds(mode, &["fork", "exit:0"], engines);
        let expected = [
            // Before the SIGCHLD, as somebody was attached since the last report.
            "quiet quiesce",
            "quiet quiesce Exit",
            "wants exit exit code 0",
            "quiet quiesce Death",
            "quiet dropped",
            "wants dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}
