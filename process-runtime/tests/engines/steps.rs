//! Steps: one instruction, one report.

use process_runtime::{EngineEvent, EngineEvents, ResumeAction};

use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::{Mode, lines};

/// From the end of a call on, some instructions by single steps: each ends in a SIGTRAP that is ignored.
#[test]
fn each_step_is_a_trap() {
    for (mode, step) in Mode::ALL
        .into_iter()
        .flat_map(|mode| [ResumeAction::SingleStep, ResumeAction::BlockStep].map(|step| (mode, step)))
    {
        let log = Log::default();
        let mut n_steps = 0;
        let events = EngineEvents::SYSCALLS | EngineEvent::SignalCore;
        let engine = Scripted::new("steps", events, &log).answering(move |told, _| match told {
            "exit of the call: a pid" => Reply::Resume(step),
            trap if trap.starts_with("SignalCore SIGTRAP") && n_steps < 10 => {
                assert_eq!(trap, "SignalCore SIGTRAP Ign");
                n_steps += 1;
                Reply::Resume(step)
            }
            _ => Reply::Resume(ResumeAction::Resume),
        });
        let run = run_deeds(mode, &["call", "call"], vec![engine]);
        assert_eq!(*run.stdout(), lines("call: made\ncall: made"), "{mode:?} {step:?}");
        let traps = log.lines().iter().filter(|line| line.contains("SIGTRAP")).count();
        assert!(traps >= 11, "{mode:?} {step:?}: {traps}");
    }
}
