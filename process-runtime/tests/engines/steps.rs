//! Steps: one instruction, one report.

use process_runtime::{
    Attach, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Role, SignalAction, SignalAnswer,
    SignalReport, TaskExt,
};
use watchers::{EventKind, Signal, Task};

use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::{Mode, lines, run_with, tracee};

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

/// Writes down where the task stands at each step.
struct Debugger {
    log: Log,
    /// Where a signal has come, and where its handler begins.
    interrupted: (u64, u64),
    handler: u64,
}

impl Debugger {
    fn place(&self, at: &Report<'_>) -> String {
        let task = at.stopped().unwrap();
        let place = (task.register(Role::Instruction).unwrap(), task.register(Role::Stack).unwrap());
        let bytes: [u8; 7] = task.read_value(place.0).unwrap();
        match place.0.wrapping_sub(self.handler) {
            _ if place == self.interrupted => "the interrupted instruction".to_owned(),
            offset @ 0..8 => format!("handler + {offset}"),
            // mov $SYS_rt_sigreturn, %rax; syscall
            _ if bytes == [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0] => "the restorer".to_owned(),
            _ if bytes[..2] == [0x0f, 0x05] => "its call".to_owned(),
            _ => "elsewhere".to_owned(),
        }
    }
}

impl Engine for Debugger {
    fn events(&self) -> EngineEvents {
        EngineEvents::SIGNALS | EngineEvent::Quiesce
    }

    fn report_signal(&mut self, at: &mut Report<'_>, signal: &SignalReport) -> SignalAnswer {
        let task = at.stopped().unwrap();
        let instruction = task.register(Role::Instruction).unwrap();
        let what = match (signal.action, signal.signal()) {
            (SignalAction::Report, _) => return signal.answer(ResumeAction::Resume),
            (SignalAction::Handler, _) => {
                self.handler = instruction;
                assert!(task.register(Role::Stack).unwrap() < self.interrupted.1, "there is a frame");
                "handler".to_owned()
            }
            (action, Some(signal)) => {
                if signal == Signal::SIGUSR1 {
                    self.interrupted = (instruction, task.register(Role::Stack).unwrap());
                }
                format!("{signal} {action:?}")
            }
            (action, None) => format!("{action:?}"),
        };
        let place = self.place(at);
        self.log.write(format!("{what}: {place}"));
        let is_back = what.starts_with("SIGTRAP") && place == "the interrupted instruction";
        signal.answer(if is_back { ResumeAction::Resume } else { ResumeAction::SingleStep })
    }
}

/// As a debugger steps through a signal's handler: from the signal into the handler, each of its instructions, out of it, and
/// back to the instruction that was next.
#[test]
fn single_steps_through_a_handler() {
    for mode in Mode::ALL {
        let log = Log::default();
        let mut engine = Some(Debugger { log: log.clone(), interrupted: (0, 0), handler: 0 });
        let builder = mode.builder().observe(EventKind::Exec, move |task: &Task, _, _| {
            engine.take().into_iter().for_each(|engine| drop(task.attach(engine, Attach::Shared).unwrap()));
        });
        let run = run_with(builder, tracee("handler"));
        assert_eq!(*run.stdout(), lines("result 0, handled 1"), "{mode:?}");
        let expected = [
            "SIGUSR1 Deliver: the interrupted instruction",
            "handler: handler + 0",
            "SIGTRAP Ign: handler + 1",
            "SIGTRAP Ign: handler + 7",
            "SIGTRAP Ign: the restorer",
            "SIGTRAP Ign: its call",
            "SIGTRAP Ign: the interrupted instruction",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}
