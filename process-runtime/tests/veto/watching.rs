//! Three watchers in a row, which do what the test that runs them put into the supervisor's data.

use std::sync::{Arc, Mutex};

use process_runtime::Builder;
use watchers::{InitEvent, Task, Verdict, task_watcher};

/// What the three watchers answer to a task that has a parent, and what they heard.
pub(crate) struct Answers {
    first: Verdict,
    second: Verdict,
    third: Verdict,
    heard: Heard,
}

/// Who was called, as `first 2`: the watcher, and how many inits it has seen.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(crate) fn of(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// A supervisor whose three init watchers answer this.
pub(crate) fn answering(builder: Builder, answers: [Verdict; 3]) -> (Builder, Heard) {
    let [first, second, third] = answers;
    let heard = Heard::default();
    (builder.data(Answers { first, second, third, heard: heard.clone() }), heard)
}

#[task_watcher(init, order = 3)]
fn third(task: &Task, _init: &InitEvent) -> Verdict {
    answer(task, "third", |answers| answers.third)
}

#[task_watcher(init, order = 1)]
fn first(task: &Task, _init: &InitEvent) -> Verdict {
    answer(task, "first", |answers| answers.first)
}

#[task_watcher(init, order = 2)]
fn second(task: &Task, _init: &InitEvent) -> Verdict {
    answer(task, "second", |answers| answers.second)
}

#[task_watcher(free)]
fn freed(task: &Task) {
    if let Some(answers) = task.data::<Answers>()
        && task.parent_id().is_some()
    {
        answers.heard.add("free");
    }
}

fn answer(task: &Task, name: &str, of: impl Fn(&Answers) -> Verdict) -> Verdict {
    match task.data::<Answers>() {
        Some(answers) if task.parent_id().is_some() => {
            answers.heard.add(name);
            of(answers)
        }
        _ => Verdict::GO,
    }
}

/// Refuses whatever a supervisor with this as data spawns itself.
pub(crate) struct NoCommands(pub(crate) Verdict);

#[task_watcher(init)]
fn no_commands(task: &Task, _init: &InitEvent) -> Verdict {
    match task.data::<NoCommands>() {
        Some(NoCommands(verdict)) if task.parent_id().is_none() => *verdict,
        _ => Verdict::GO,
    }
}
