//! Three watchers of each event, and what they were handed, in the order in which they were called.
//!
//! ```text
//! abc init 2 SIGCHLD      all three, in their order, were told that task 2 is to be made, with these flags
//! ab init 3 0             the second ended the walk
//! abc free 3 denied       all three were told again, with this as value
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use process_runtime::Builder;
use watchers::{Event, Stillborn, Task, TaskId, Verdict, task_watcher};

use super::support::{Lines, lines};

/// What a supervisor's three watchers heard, but for what is about the command itself.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    numbers: HashMap<TaskId, usize>,
    /// Who was called, and what each of them was told.
    calls: Vec<(String, String)>,
}

/// What the three answer at `init`.
struct Answers {
    when: When,
    verdicts: [Verdict; 3],
    heard: Heard,
}

/// At which kind of `init` they answer so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    InTime,
    Late,
}

/// A supervisor whose watchers have no objection.
pub(crate) fn listening(builder: Builder) -> (Builder, Heard) {
    answering(builder, [Verdict::GO; 3])
}

/// A supervisor whose watchers answer this at `init`.
pub(crate) fn answering(builder: Builder, verdicts: [Verdict; 3]) -> (Builder, Heard) {
    answering_when(When::InTime, builder, verdicts)
}

/// A supervisor whose watchers answer this where nobody asks any more.
pub(crate) fn answering_late(builder: Builder, verdicts: [Verdict; 3]) -> (Builder, Heard) {
    answering_when(When::Late, builder, verdicts)
}

fn answering_when(when: When, builder: Builder, verdicts: [Verdict; 3]) -> (Builder, Heard) {
    let heard = Heard::default();
    (builder.data(Answers { when, verdicts, heard: heard.clone() }), heard)
}

impl Heard {
    /// The calls, those of one event together.
    pub(crate) fn trace(&self) -> Lines {
        let calls = &self.0.lock().unwrap().calls;
        lines(calls.iter().map(|(who, what)| format!("{who} {what}\n")).collect::<String>())
    }

    fn add(&self, who: char, task: &Task, event: Event<'_>) {
        let mut state = self.0.lock().unwrap();
        // The command is 1; whoever descends from it is counted from 2.
        let next = state.numbers.len() + 2;
        let number = *state.numbers.entry(task.id()).or_insert(next);
        let what = format!("{} {number} {}", event.kind(), value(event));
        match state.calls.last_mut() {
            Some((others, same)) if *same == what => others.push(who),
            _ => state.calls.push((who.to_string(), what)),
        }
    }
}

/// What the event carries, in one word or two: the `val` of 2006.
fn value(event: Event<'_>) -> String {
    let late = |late| if late { " late" } else { "" };
    match event {
        Event::Init(init) => format!("{}{}", init.flags, late(init.late)),
        Event::Clone(clone) => clone.flags.to_string(),
        Event::Exit(exit) => format!("{}{}", exit.status, late(exit.late)),
        Event::Free(free) => match (free.status, free.stillborn) {
            (Some(status), None) => status.to_string(),
            (None, Some(Stillborn::Denied)) => "denied".to_owned(),
            (None, Some(Stillborn::Failed(errno))) => format!("failed {errno}"),
            (None, Some(Stillborn::Restarted)) => "restarted".to_owned(),
            (None, Some(Stillborn::Killed)) => "killed".to_owned(),
            other => format!("{other:?}"),
        },
        other => format!("{other:?}"),
    }
}

fn hear<'t>(who: char, task: &'t Task, event: Event<'_>) -> Option<&'t Answers> {
    let answers = task.data::<Answers>().filter(|_| task.parent_id().is_some())?;
    answers.heard.add(who, task, event);
    Some(answers)
}

fn answer(nth: usize, who: char, task: &Task, event: Event<'_>) -> Verdict {
    let when = if matches!(event, Event::Init(init) if init.late) { When::Late } else { When::InTime };
    let answers = hear(who, task, event).filter(|answers| answers.when == when);
    answers.map_or(Verdict::GO, |answers| answers.verdicts[nth])
}

#[task_watcher(init, order = 1)]
fn a_at_init(task: &Task, event: Event<'_>) -> Verdict {
    answer(0, 'a', task, event)
}

#[task_watcher(init, order = 2)]
fn b_at_init(task: &Task, event: Event<'_>) -> Verdict {
    answer(1, 'b', task, event)
}

#[task_watcher(init, order = 3)]
fn c_at_init(task: &Task, event: Event<'_>) -> Verdict {
    answer(2, 'c', task, event)
}

#[task_watcher(clone, exit, free, order = 1)]
fn a(task: &Task, event: Event<'_>) {
    hear('a', task, event);
}

#[task_watcher(clone, exit, free, order = 2)]
fn b(task: &Task, event: Event<'_>) {
    hear('b', task, event);
}

#[task_watcher(clone, exit, free, order = 3)]
fn c(task: &Task, event: Event<'_>) {
    hear('c', task, event);
}
