//! What does it cost to have something done before a task's next user instruction?

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use benches::cost::numbers;
use benches::effort::Effort;
use benches::program::Workshop;
use benches::samples::{Samples, in_turns};
use benches::table::{Table, say};
use benches::{Result, machine, workshop};
use process_runtime::{Child, Handle, NotifyBy, Resumption, Supervisor};
use watchers::TaskId;

/// Who asks, and how.
#[derive(Clone, Copy)]
enum Asks {
    Nobody,
    Interrupter,
    Ours(NotifyBy),
    /// Somebody asks our supervisor for something else.
    Handle,
}

/// What the task does meanwhile.
#[derive(Clone, Copy)]
enum Task {
    /// It computes.
    Runs,
    /// It waits for a byte, and sends it back.
    Waits,
}

const SUBJECTS: [(&str, Task, Asks); 9] = [
    ("it waits: Handle::tasks, the way to the tracer's thread and back", Task::Waits, Asks::Handle),
    ("it runs: a C loop of INTERRUPT and CONT", Task::Runs, Asks::Interrupter),
    ("it runs: notify_resume", Task::Runs, Asks::Ours(NotifyBy::ReturnPoints)),
    ("it runs: by system-call stops", Task::Runs, Asks::Ours(NotifyBy::SyscallStops)),
    ("it waits, and is sent a byte: nobody asks", Task::Waits, Asks::Nobody),
    ("it waits, and is sent a byte: the C loop, which wakes it", Task::Waits, Asks::Interrupter),
    ("it waits, and is sent a byte: notify_resume", Task::Waits, Asks::Ours(NotifyBy::ReturnPoints)),
    ("it waits, and is sent a byte: by interruption", Task::Waits, Asks::Ours(NotifyBy::Interruption)),
    ("it waits, and is sent a byte: by system-call stops", Task::Waits, Asks::Ours(NotifyBy::SyscallStops)),
];

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let workshop = workshop!();
    let (n_rounds, n_requests) = effort.pick((3, 1000), (15, 5000));
    let seen = in_turns(n_rounds, &SUBJECTS, |(_, task, asks)| match asks {
        Asks::Ours(means) => ours(&workshop, *task, *means, n_requests),
        Asks::Handle => way(&workshop, n_requests),
        _ => baseline(&workshop, *task, *asks, n_requests),
    })?;
    say(&format!("notify: {}", machine::describe()));
    let title = format!("one request: us, minimum (median) of {n_rounds} rounds of {n_requests}");
    let mut table = Table::new(title, &["the task", "us"]);
    for ((label, ..), seen) in SUBJECTS.iter().zip(&seen) {
        table.row(label, [format!("{:.1} ({:.1})", seen.minimum() / 1000.0, seen.median() / 1000.0)]);
    }
    table.print();
    let minima: Vec<f64> = seen.iter().map(Samples::minimum).collect();
    if let [way, c_runs, runs, _, nobody, c_waits, waits, ..] = minima.as_slice() {
        let (running, waiting) = ((runs - way) / c_runs, (waits - nobody - way) / (c_waits - nobody));
        say(&format!(
            "  no budget yet; notify_resume without the way, to the C loop: it runs {running:.2}, it waits {waiting:.2}"
        ));
    }
    Ok(())
}

fn baseline(workshop: &Workshop, task: Task, asks: Asks, n_requests: usize) -> Result<f64> {
    let interrupter = workshop.compile("interrupter.c", &["-static"])?;
    let deed = match (task, asks) {
        (Task::Runs, _) => "spin",
        (Task::Waits, Asks::Nobody) => "ask",
        (Task::Waits, _) => "echo",
    };
    let mut command = Command::new(interrupter);
    command.args([deed, &n_requests.to_string()]);
    Ok(*numbers(command)?.first().ok_or("the tracer says nothing")?)
}

/// A call on the supervisor that asks nothing of a task.
fn way(workshop: &Workshop, n_calls: usize) -> Result<f64> {
    let supervisor = Supervisor::builder().start()?;
    let child = supervisor.spawn(subject(workshop, Task::Waits)?)?;
    let start = Instant::now();
    for _ in 0..n_calls {
        supervisor.tasks()?;
    }
    let took = start.elapsed();
    child.kill()?;
    supervisor.finish()?;
    Ok(took.as_nanos() as f64 / n_calls as f64)
}

fn ours(workshop: &Workshop, task: Task, means: NotifyBy, n_requests: usize) -> Result<f64> {
    let supervisor = Supervisor::builder().notify_by(means).start()?;
    let mut child = supervisor.spawn(subject(workshop, task)?)?;
    let mut asked = Asked::new(&supervisor.handle(), &mut child)?;
    let start = Instant::now();
    for _ in 0..n_requests {
        asked.notify()?;
        if let Task::Waits = task {
            asked.exchange()?;
        }
        asked.done()?;
    }
    let took = start.elapsed();
    child.kill()?;
    supervisor.finish()?;
    Ok(took.as_nanos() as f64 / n_requests as f64)
}

fn subject(workshop: &Workshop, task: Task) -> Result<Command> {
    let mut command = Command::new(workshop.compile("tracees/echo.c", &["-static"])?);
    command.arg(if let Task::Runs = task { "spin" } else { "echo" });
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    Ok(command)
}

/// A task that is asked again and again.
struct Asked {
    handle: Handle,
    id: TaskId,
    input: std::process::ChildStdin,
    output: std::process::ChildStdout,
    done: (Sender<()>, Receiver<()>),
}

impl Asked {
    fn new(handle: &Handle, child: &mut Child) -> Result<Asked> {
        let pipes = child.take_stdin().zip(child.take_stdout()).ok_or("no pipes")?;
        let mut asked = Asked {
            id: handle.tasks()?.first().ok_or("no task")?.id,
            handle: handle.clone(),
            input: pipes.0,
            output: pipes.1,
            done: channel(),
        };
        // It says that it has begun.
        asked.output.read_exact(&mut [0])?;
        Ok(asked)
    }

    fn notify(&self) -> Result<()> {
        let done = self.done.0.clone();
        let work = move |_: &mut Resumption<'_>| {
            // Nobody waits for it any more when the bench has failed.
            let _ = done.send(());
        };
        Ok(self.handle.notify_resume(self.id, work)?)
    }

    fn exchange(&mut self) -> Result<()> {
        self.input.write_all(b"x")?;
        Ok(self.output.read_exact(&mut [0])?)
    }

    fn done(&self) -> Result<()> {
        Ok(self.done.1.recv()?)
    }
}
