//! DEATH, REAP, and what is left after them: nothing.

use process_runtime::{
    Attach, Death, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Role, SignalAnswer, SignalReport,
    Syscall, SyscallAnswer, TaskExt,
};
use watchers::{EventKind, ExitStatus, Signal, Task};

use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::{Mode, run_with, tracee};

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

/// The code of an exit cannot be changed at EXIT, but before: as the argument of the call, and as another signal.
#[test]
fn an_exit_with_another_code() {
    let cases = [("exit:4", "exit code 9"), ("raise:15", "SIGUSR1")];
    for (mode, (deed, status)) in Mode::ALL.into_iter().flat_map(|mode| cases.map(|case| (mode, case))) {
        let log = Log::default();
        let events =
            EngineEvents::SIGNALS | EngineEvent::SyscallEntry | EngineEvent::Exit | EngineEvent::Death;
        let engine = Changes(Scripted::new("it", events, &log));
        let mut engine = Some(engine);
        let builder = mode.builder().observe(EventKind::Exec, move |task: &Task, _, _| {
            engine.take().into_iter().for_each(|engine| drop(task.attach(engine, Attach::Shared).unwrap()));
        });
        let mut command = tracee("deeds");
        command.arg(deed);
        run_with(builder, command);
        let told: Vec<String> = log.lines().into_iter().filter(|line| !line.contains("Signal")).collect();
        let expected = [format!("it exit {status}"), format!("it death {status}"), "it dropped".to_owned()];
        assert_eq!(told, expected, "{mode:?} {deed}");
    }
}

/// Has its task exit with 9, and die of SIGUSR1.
struct Changes(Scripted);

impl Engine for Changes {
    fn events(&self) -> EngineEvents {
        self.0.events()
    }

    fn report_syscall_entry(&mut self, at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        if call.number as i64 == libc::SYS_exit_group {
            at.stopped().unwrap().set_register(Role::First, 9).unwrap();
        }
        SyscallAnswer::RUN
    }

    fn report_signal(&mut self, at: &mut Report<'_>, signal: &SignalReport) -> SignalAnswer {
        let info = signal.info.map(|info| info.with_signal(Signal::SIGUSR1));
        SignalAnswer { info, ..self.0.report_signal(at, signal) }
    }

    fn report_exit(&mut self, at: &mut Report<'_>, status: ExitStatus) -> ResumeAction {
        self.0.report_exit(at, status)
    }

    fn report_death(&mut self, at: &mut Report<'_>, death: &Death) -> ResumeAction {
        self.0.report_death(at, death)
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
