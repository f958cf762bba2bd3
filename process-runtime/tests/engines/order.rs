//! Who is called, and when.

use process_runtime::{EngineEvent, EngineEvents};

use super::scripted::{Log, Scripted, run_deeds};
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
