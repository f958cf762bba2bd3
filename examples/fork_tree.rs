//! cargo run --example fork_tree -- sh -c 'ls | wc -l; (exit 3)'
//!
//! Draws who made whom, what each process ran, and how it ended.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::env;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use process_runtime::Supervisor;
use watchers::{CloneEvent, ExecEvent, ExitEvent, Task, TaskId, task_data, task_watcher};

/// Every process there was. Ids grow, so the order is that in which they were made.
type Processes = BTreeMap<TaskId, Process>;

struct Process {
    parent: Option<TaskId>,
    name: String,
    end: String,
}

impl Process {
    fn program(&self) -> &str {
        self.name.split(' ').next().unwrap_or_default()
    }
}

/// What the supervisor is built with: the watchers find it with `task.data()`.
#[derive(Clone, Default)]
struct Tree(Arc<Mutex<Processes>>);

impl Tree {
    fn processes(&self) -> MutexGuard<'_, Processes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

task_data! {
    /// The process of a task, by the id of its first thread.
    static PROCESS: TaskId = |task, parent| match parent {
        Some(parent) if task.is_thread() => *PROCESS.get(parent),
        _ => task.id(),
    };
}

#[task_watcher(clone)]
fn born(task: &Task, _clone: &CloneEvent) {
    let Some(tree) = task.data::<Tree>() else { return };
    if task.is_thread() {
        return;
    }
    let mut processes = tree.processes();
    let parent = task.parent().map(|parent| *PROCESS.get(&parent));
    let creator = parent.and_then(|id| processes.get(&id));
    let name = creator.map_or(String::new(), |creator| format!("fork of {}", creator.program()));
    processes.insert(task.id(), Process { parent, name, end: String::new() });
}

#[task_watcher(exec)]
fn executed(task: &Task, exec: &ExecEvent) {
    let words = exec.argv().unwrap_or_default();
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let Some(tree) = task.data::<Tree>() else { return };
    if let Some(process) = tree.processes().get_mut(PROCESS.get(task)) {
        process.name = words.join(" ");
    }
}

#[task_watcher(exit)]
fn ended(task: &Task, exit: &ExitEvent) {
    let Some(tree) = task.data::<Tree>() else { return };
    if let Some(process) = tree.processes().get_mut(PROCESS.get(task))
        && exit.group_dead
        && !exit.status.success()
    {
        process.end = format!("  ({})", exit.status);
    }
}

fn draw(processes: &Processes, parent: Option<TaskId>, margin: &str) {
    let children: Vec<_> = processes.iter().filter(|(_, process)| process.parent == parent).collect();
    for (n, (id, process)) in children.iter().enumerate() {
        let (branch, bar) = match (parent, n + 1 == children.len()) {
            (None, _) => ("", ""),
            (Some(_), true) => ("└─ ", "   "),
            (Some(_), false) => ("├─ ", "│  "),
        };
        eprintln!("{margin}{branch}{}{}", process.name, process.end);
        draw(processes, Some(**id), &format!("{margin}{bar}"));
    }
}

fn main() -> ExitCode {
    let mut words = env::args_os().skip(1);
    let mut command = Command::new(words.next().unwrap_or("ls".into()));
    command.args(words);

    let tree = Tree::default();
    if let Err(error) = Supervisor::builder().data(tree.clone()).run(command) {
        eprintln!("fork_tree: failed to {error}");
        return ExitCode::FAILURE;
    }
    draw(&tree.processes(), None, "");
    ExitCode::SUCCESS
}
