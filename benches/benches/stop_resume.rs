//! What does it cost to stop a task and to let it go on, with tracer and tracee on one CPU and on two?
//!
//! At the entry of a system call, where it stops by itself; and while it computes, asked for by another thread.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use benches::cost::numbers;
use benches::effort::Effort;
use benches::samples::{Samples, in_turns};
use benches::table::{Table, say};
use benches::{Result, machine, workshop};
use process_runtime::{Attach, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Supervisor};

/// Says when its task has stopped.
struct Tells(Sender<()>);

impl Engine for Tells {
    fn events(&self) -> EngineEvents {
        EngineEvent::Quiesce.into()
    }

    fn report_quiesce(&mut self, at: &mut Report<'_>, _: Option<EngineEvent>) -> ResumeAction {
        // Nobody asks any more, perhaps.
        let _ = self.0.send(());
        at.unchanged()
    }
}

/// Where the tracee runs: the tracer is on the last CPU.
const PLACES: [(&str, i32); 2] = [("on one CPU", -1), ("on two", 0)];

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let workshop = workshop!();
    let calls = workshop.compile("tracees/calls.c", &["-static"])?.display().to_string();
    let loops = workshop.compile("interrupt.c", &["-static"])?.display().to_string();
    let (n_rounds, n_chunks, n_stops) = effort.pick((3, 5, 1000), (15, 20, 5000));
    say(&format!("stop_resume: {}", machine::describe().replace(", all on one of them", "")));

    let ways = [
        ("C tracer", workshop.tracer("stops")?),
        ("supervisor, an engine that does nothing", workshop.supervisor("engines=1")),
        ("supervisor, an engine that holds and lets go", workshop.supervisor("holds")),
    ];
    let subjects: Vec<_> = ways.iter().flat_map(|(_, way)| PLACES.map(|place| (way, place))).collect();
    let seen = in_turns(n_rounds, &subjects, |(way, (_, cpu))| {
        // Pinned, so that this is the tracer's.
        let cpu = if *cpu < 0 { rustix::thread::sched_getcpu().to_string() } else { cpu.to_string() };
        let words = [&calls, "none", &n_chunks.to_string(), "1000", &cpu];
        Ok(*numbers(way.command(words))?.first().ok_or("the tracee says nothing")?)
    })?;
    let title = format!("a system call, which stops twice: us, minimum (median) of {n_rounds} rounds");
    report(title, &ways.map(|(label, _)| label), &seen);

    let ways = ["C loop, PTRACE_INTERRUPT and CONT", "supervisor, STOP and RESUME by another thread"];
    let subjects: Vec<_> =
        [Way::InC, Way::Ours].iter().flat_map(|way| PLACES.map(|place| (way, place))).collect();
    let seen = in_turns(n_rounds, &subjects, |(way, (_, cpu))| match way {
        Way::InC => {
            let mut command = Command::new(&loops);
            command.args(["loop", &n_stops.to_string(), &cpu.to_string()]);
            Ok(*numbers(command)?.first().ok_or("the loop says nothing")?)
        }
        Way::Ours => ours(&loops, *cpu, n_stops),
    })?;
    let title =
        format!("a task that computes is stopped and goes on: us, minimum (median) of {n_rounds} rounds");
    report(title, &ways, &seen);
    say("  no budget yet");
    Ok(())
}

/// Who stops a task that computes.
#[derive(Clone, Copy)]
enum Way {
    InC,
    Ours,
}

/// One round, from the fastest hundred.
fn ours(loops: &str, cpu: i32, n_stops: u32) -> Result<f64> {
    let supervisor = Supervisor::builder().start()?;
    let mut command = Command::new(loops);
    command.args(["spin", &cpu.to_string()]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = supervisor.spawn(command)?;
    let output = child.take_stdout().ok_or("there is no output")?;
    BufReader::new(output).read_line(&mut String::new())?;
    let task = supervisor.tasks()?.first().ok_or("there is no task")?.id;
    let (stopped, stops) = channel();
    let engine = supervisor.handle().attach(task, Tells(stopped), Attach::Shared)?;
    let mut best = f64::INFINITY;
    for _ in 0..n_stops / 100 {
        let start = Instant::now();
        for _ in 0..100 {
            // It runs, so that it is in progress; and then it has stopped.
            let _ = engine.control(ResumeAction::Stop);
            stops.recv()?;
            engine.control(ResumeAction::Resume)?;
        }
        best = best.min(start.elapsed().as_nanos() as f64 / 100.0);
    }
    child.kill()?;
    child.wait()?;
    supervisor.finish()?;
    Ok(best)
}

fn report(title: String, labels: &[&str], seen: &[Samples]) {
    let mut table = Table::new(title, &["", "on one CPU", "on two", "x C, one", "x C, two"]);
    let us = |ns: f64| ns / 1000.0;
    let (theirs, _) = seen.split_at(PLACES.len().min(seen.len()));
    for (label, seen) in labels.iter().zip(seen.chunks(PLACES.len())) {
        let times = seen.iter().map(|s| format!("{:.2} ({:.2})", us(s.minimum()), us(s.median())));
        let ratios =
            seen.iter().zip(theirs).map(|(ours, theirs)| format!("{:.2}", ours.minimum() / theirs.minimum()));
        table.row(label, times.chain(ratios));
    }
    table.print();
}
