//! An engine that writes down what it is told and answers what a test says.

use std::sync::{Arc, Mutex};

use process_runtime::{
    Attach, Attached, Death, Engine, EngineEvent, EngineEvents, JobControl, Report, ResumeAction, Siginfo,
    SignalAction, SignalAnswer, SignalReport, Syscall, SyscallAction, SyscallAnswer, TaskExt,
};
use watchers::{CloneFlags, EventKind, ExitStatus, Signal, Task};

use super::support::{Mode, Run, run_with, tracee};

/// What everybody wrote, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// What a script answers.
pub(crate) enum Reply {
    Unchanged,
    Resume(ResumeAction),
    Call(SyscallAction),
    StopAndCall(SyscallAction),
    Signal(SignalAction),
    SignalAs(Signal),
    /// Stop, and hold the signal back.
    Held,
    /// Both, and what comes with the signal.
    Whole(ResumeAction, SignalAction, Option<Siginfo>),
}

type Script = Box<dyn FnMut(&str, &mut Report<'_>) -> Reply + Send>;

/// Of all system calls it writes down getppid alone.
pub(crate) struct Scripted {
    name: &'static str,
    events: EngineEvents,
    log: Log,
    script: Script,
    child_script: Option<ChildScript>,
    is_in_the_call: bool,
    in_detail: bool,
}

type ChildScript = Box<dyn FnMut(&Task, &mut Report<'_>) + Send>;

const GETPPID: u64 = libc::SYS_getppid as u64;

impl Scripted {
    pub(crate) fn new(name: &'static str, events: impl Into<EngineEvents>, log: &Log) -> Scripted {
        let script: Script = Box::new(|_, _| Reply::Unchanged);
        let (events, log) = (events.into(), log.clone());
        Scripted { name, events, log, script, child_script: None, is_in_the_call: false, in_detail: false }
    }

    /// `script` is asked about each line.
    pub(crate) fn answering(
        mut self,
        script: impl FnMut(&str, &mut Report<'_>) -> Reply + Send + 'static,
    ) -> Scripted {
        self.script = Box::new(script);
        self
    }

    /// It writes down why it is asked where there is no signal, `Report` or `Handler` instead of a quiesce; and what is told
    /// of a death to the parent.
    pub(crate) fn in_detail(mut self) -> Scripted {
        self.in_detail = true;
        self
    }

    /// `script` is shown each child.
    pub(crate) fn seeing_children(
        mut self,
        script: impl FnMut(&Task, &mut Report<'_>) + Send + 'static,
    ) -> Scripted {
        self.child_script = Some(Box::new(script));
        self
    }

    fn wants(&self, event: EngineEvent) -> bool {
        self.events.contains(event)
    }

    fn ask(&mut self, what: String, at: &mut Report<'_>) -> Reply {
        self.log.write(format!("{} {what}", self.name));
        (self.script)(&what, at)
    }

    fn told(&mut self, what: String, at: &mut Report<'_>) -> ResumeAction {
        match self.ask(what, at) {
            Reply::Resume(action) => action,
            _ => at.unchanged(),
        }
    }
}

impl Engine for Scripted {
    fn events(&self) -> EngineEvents {
        self.events
    }

    fn data(&self) -> u64 {
        self.name.len() as u64
    }

    fn report_quiesce(&mut self, at: &mut Report<'_>, event: Option<EngineEvent>) -> ResumeAction {
        match event {
            // Of every call of the C library.
            Some(EngineEvent::SyscallEntry | EngineEvent::SyscallExit) => at.unchanged(),
            Some(event) => self.told(format!("quiesce {event:?}"), at),
            None => self.told("quiesce".to_owned(), at),
        }
    }

    fn report_clone(&mut self, at: &mut Report<'_>, child: &Task, flags: CloneFlags) -> ResumeAction {
        if let Some(script) = &mut self.child_script {
            script(child, at);
        }
        self.told(format!("clone{}", if flags.thread() { " thread" } else { "" }), at)
    }

    fn report_exec(&mut self, at: &mut Report<'_>) -> ResumeAction {
        self.told("exec".to_owned(), at)
    }

    fn report_exit(&mut self, at: &mut Report<'_>, status: ExitStatus) -> ResumeAction {
        self.told(format!("exit {status}"), at)
    }

    fn report_death(&mut self, at: &mut Report<'_>, death: &Death) -> ResumeAction {
        let whose = match death.signal {
            _ if !self.in_detail => String::new(),
            signal if death.group_dead => format!(" last {signal:?}"),
            signal => format!(" {signal:?}"),
        };
        self.told(format!("death {}{whose}", death.status), at)
    }

    fn report_reap(&mut self, _task: &Task) {
        self.log.write(format!("{} reap", self.name));
    }

    fn report_syscall_entry(&mut self, at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        if call.number != GETPPID {
            return SyscallAnswer { resume: at.unchanged(), call: call.action };
        }
        self.is_in_the_call = true;
        let again = if call.resumed { " again" } else { "" };
        match self.ask(format!("entry{again}"), at) {
            Reply::Call(action) => SyscallAnswer { resume: ResumeAction::Resume, call: action },
            Reply::StopAndCall(action) => SyscallAnswer { resume: ResumeAction::Stop, call: action },
            Reply::Resume(resume) => SyscallAnswer { resume, call: call.action },
            _ => SyscallAnswer { resume: at.unchanged(), call: call.action },
        }
    }

    fn report_syscall_exit(&mut self, at: &mut Report<'_>, result: i64) -> ResumeAction {
        let is_known =
            std::mem::take(&mut self.is_in_the_call) || !self.events.contains(EngineEvent::SyscallEntry);
        let result = if result > 0 { "a pid".to_owned() } else { result.to_string() };
        if is_known { self.told(format!("exit of the call: {result}"), at) } else { at.unchanged() }
    }

    fn report_signal(&mut self, at: &mut Report<'_>, report: &SignalReport) -> SignalAnswer {
        let (action, info) = (report.action, report.info);
        let what = match (report.event, report.signal()) {
            (Some(event), Some(signal)) if self.wants(event) => format!("{event:?} {signal} {action:?}"),
            (Some(event), _) => format!("quiesce {event:?}"),
            (None, _) if self.in_detail => format!("{action:?}"),
            (None, _) => "quiesce".to_owned(),
        };
        match self.ask(what, at) {
            Reply::Signal(action) => SignalAnswer { action, ..report.answer(at.unchanged()) },
            Reply::SignalAs(signal) => SignalAnswer {
                resume: at.unchanged(),
                action: SignalAction::Deliver,
                info: info.map(|info| info.with_signal(signal)),
            },
            Reply::Held => SignalAnswer { action: SignalAction::Hold, ..report.answer(ResumeAction::Stop) },
            Reply::Whole(resume, action, info) => SignalAnswer { resume, action, info },
            Reply::Resume(resume) => report.answer(resume),
            _ => report.answer(at.unchanged()),
        }
    }

    fn report_jctl(&mut self, at: &mut Report<'_>, change: JobControl) -> ResumeAction {
        self.told(format!("{:?} {}", change.change, change.signal), at)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.log.write(format!("{} dropped", self.name));
    }
}

/// Runs `deeds` with `engines` attached, in that order, when it executes for the first time. They do not hear of that.
pub(crate) fn run_deeds(mode: Mode, deeds: &[&str], engines: Vec<Scripted>) -> Run {
    let mut command = tracee("deeds");
    command.args(deeds);
    let mut engines = Some(engines);
    let builder = mode.builder().observe(EventKind::Exec, move |task: &Task, _, _| {
        for engine in engines.take().into_iter().flatten() {
            attach(task, engine);
        }
    });
    run_with(builder, command)
}

pub(crate) fn attach(task: &Task, engine: Scripted) -> Attached {
    task.attach(engine, Attach::Shared).unwrap()
}
