//! cargo run --example hold_and_ask
//!
//! Every program that a shell starts waits, before its first instruction, for the answer of another thread: may it run?
//! Meanwhile the others go on. Who may not is killed.

#![forbid(unsafe_code)]

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use process_runtime::{
    Attach, CallError, Engine, EngineEvent, EngineEvents, Hold, Report, ResumeAction, Supervisor, TaskExt,
};
use watchers::{EventKind, Task};

/// What is asked of whoever decides.
struct Question {
    program: PathBuf,
    answer: Sender<Answer>,
    hold: Hold,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
}

/// Holds its task at each exec, and looks at the answer when the task is let go.
struct Gate {
    questions: Sender<Question>,
    answer: Option<Receiver<Answer>>,
}

impl Engine for Gate {
    fn events(&self) -> EngineEvents {
        EngineEvent::Exec | EngineEvent::Quiesce
    }

    fn report_exec(&mut self, at: &mut Report<'_>) -> ResumeAction {
        let Some(program) = at.stopped().and_then(|task| task.exe()) else { return ResumeAction::Resume };
        let (answer, answered) = channel();
        self.answer = Some(answered);
        match self.questions.send(Question { program, answer, hold: at.hold() }) {
            Ok(()) => ResumeAction::Stop,
            Err(_) => ResumeAction::Detach,
        }
    }

    /// With no event: the task is about to run its first instruction.
    fn report_quiesce(&mut self, at: &mut Report<'_>, event: Option<EngineEvent>) -> ResumeAction {
        if event.is_some() {
            return at.unchanged();
        }
        match self.answer.as_ref().map(Receiver::try_recv) {
            // No answer yet: it stays.
            Some(Err(_)) => return at.unchanged(),
            Some(Ok(Answer::No)) => kill(at),
            Some(Ok(Answer::Yes)) | None => {}
        }
        self.answer = None;
        ResumeAction::Resume
    }
}

/// The task kills itself.
fn kill(at: &Report<'_>) {
    let (Some(task), Some(pid)) = (at.stopped(), at.task().pid()) else { return };
    match task.call(62, [pid.as_raw() as u64, 9, 0, 0, 0, 0]) {
        Ok(_) | Err(CallError::Killed) => {}
        Err(error) => eprintln!("hold_and_ask: {error}"),
    }
}

/// Nobody sits here; a person would do.
fn decide(questions: &Receiver<Question>) {
    for Question { program, answer, hold } in questions {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_welcome = !name.contains("wc");
        eprintln!("may {name} run? {}", if is_welcome { "yes" } else { "no" });
        // An engine that is gone needs no answer.
        let _ = answer.send(if is_welcome { Answer::Yes } else { Answer::No });
        hold.report();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (questions, asked) = channel();
    let decider = thread::spawn(move || decide(&asked));
    let mut command = Command::new("sh");
    command.args(["-c", "env true; echo 1 | wc -l; echo wc: ended with $? >&2"]);
    Supervisor::builder()
        .observe(EventKind::Clone, move |task: &Task, _event, _outcome| {
            let gate = Gate { questions: questions.clone(), answer: None };
            // The command itself, which has no parent, may run.
            if task.parent().is_some()
                && let Err(error) = task.attach(gate, Attach::Shared)
            {
                eprintln!("hold_and_ask: {error}");
            }
        })
        .run(command)?;
    decider.join().map_err(|_| "the decider panicked".into())
}
