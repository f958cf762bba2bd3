//! Who is called, and when.

use std::sync::{Arc, Mutex};

use process_runtime::{EngineEvent, EngineEvents, ResumeAction};

use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::Mode;

/// At the entry of a call the last one is first; everywhere else, and at the end, the first.
#[test]
fn a_whole_life_is_told_in_order() {
    for mode in Mode::ALL {
        let log = Log::default();
        let events = EngineEvents::ALL - EngineEvent::Quiesce;
        let engines = vec![Scripted::new("a", events, &log), Scripted::new("b", events, &log)];
        let run = run_deeds(mode, &["exec", "call", "exit:7"], engines);
        assert_eq!(run.verdict.status, "code 7");
        let expected = [
            "a exec",
            "b exec",
            "b entry",
            "a entry",
            "a exit of the call: a pid",
            "b exit of the call: a pid",
            "a exit exit code 7",
            "b exit exit code 7",
            "a death exit code 7",
            "b death exit code 7",
            "a reap",
            "a dropped",
            "b reap",
            "b dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// A report that is asked for in a report comes before the task runs on, as often as that is done.
#[test]
fn a_report_in_a_report() {
    for mode in Mode::ALL {
        let log = Log::default();
        let places = Arc::new(Mutex::new(Vec::new()));
        let seen = places.clone();
        let asks = Scripted::new("asks", EngineEvents::SYSCALLS | EngineEvent::Quiesce, &log).answering(
            move |told, at| match told {
                "exit of the call: a pid" => Reply::Resume(ResumeAction::Report),
                "quiesce" => {
                    let mut seen = seen.lock().unwrap();
                    seen.push(at.stopped().unwrap().registers().unwrap().rip);
                    if seen.len() < 4 {
                        at.engine().control(ResumeAction::Report).unwrap();
                    }
                    Reply::Unchanged
                }
                _ => Reply::Unchanged,
            },
        );
        run_deeds(mode, &["call", "exit:0"], vec![asks]);
        let places = places.lock().unwrap();
        assert_eq!(*places, [places[0]; 4], "{mode:?}");
    }
}
