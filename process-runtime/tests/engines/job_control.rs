//! A shell and its jobs on a terminal, with engines on all of them.

use process_runtime::{
    Attach, Engine, EngineEvent, EngineEvents, JobControl, Notifier, Report, ResumeAction, SignalAnswer,
    SignalReport, TaskExt,
};
use watchers::{CloneFlags, EventKind, Task};

use super::scripted::Log;
use super::support::{Mode, plain, run_with, tracee};

/// Is attached to a task and to all that come of it, and writes down what job control does to each.
struct Follows {
    who: String,
    n_children: u32,
    log: Log,
}

impl Engine for Follows {
    fn events(&self) -> EngineEvents {
        EngineEvents::SIGNALS | EngineEvent::Clone | EngineEvent::Jctl
    }

    fn report_clone(&mut self, at: &mut Report<'_>, child: &Task, _: CloneFlags) -> ResumeAction {
        self.n_children += 1;
        let who = format!("{}.{}", self.who, self.n_children);
        let engine = Follows { who, n_children: 0, log: self.log.clone() };
        child.attach(engine, Attach::Shared).unwrap();
        at.unchanged()
    }

    fn report_signal(&mut self, at: &mut Report<'_>, signal: &SignalReport) -> SignalAnswer {
        if signal.event != Some(EngineEvent::SignalIgn) {
            self.log.write(format!("{} {:?}", self.who, signal.signal().unwrap()));
        }
        signal.answer(at.unchanged())
    }

    fn report_jctl(&mut self, at: &mut Report<'_>, change: JobControl) -> ResumeAction {
        assert_eq!(change.notifier, Notifier::This, "none of them has threads");
        self.log.write(format!("{} {:?} {}", self.who, change.change, change.signal));
        at.unchanged()
    }
}

/// Ctrl-Z, fg and Ctrl-C do what they do without engines, and JCTL tells of them.
#[test]
fn job_control_on_a_terminal() {
    let alone = plain(tracee("jobctl"));
    for mode in Mode::ALL {
        let log = Log::default();
        let mut engine = Some(Follows { who: "it".to_owned(), n_children: 0, log: log.clone() });
        let builder = mode.builder().observe(EventKind::Exec, move |task: &Task, _, _| {
            engine.take().into_iter().for_each(|engine| drop(task.attach(engine, Attach::Shared).unwrap()));
        });
        let run = run_with(builder, tracee("jobctl"));
        assert_eq!(run.verdict, alone, "{mode:?}");
        // Two jobs of the shell: one is stopped, continued and ended by keys, one stops as it reads in the background.
        let expected = [
            "it.1.1 SIGTSTP(20)",
            "it.1.1 Stopped SIGTSTP",
            "it.1.2 SIGTTIN(21)",
            "it.1.2 Stopped SIGTTIN",
            "it.1.1 Continued SIGCONT",
            "it.1.1 SIGINT(2)",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}
