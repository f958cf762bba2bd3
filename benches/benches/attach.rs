//! What does it cost to attach to a live tree, and to let it go?
//!
//! The baseline knows whom to seize, and does not care whether they fork meanwhile.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use benches::cost::numbers;
use benches::effort::Effort;
use benches::samples::Samples;
use benches::table::{Table, say};
use benches::{Result, machine, workshop};
use process_runtime::Supervisor;
use watchers::Pid;

/// Processes, and threads of each.
const TREES: [(usize, usize); 4] = [(1, 1), (50, 5), (1, 1000), (250, 4)];

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let workshop = workshop!();
    let sleepers = workshop.compile("tracees/sleepers.c", &["-pthread"])?;
    let seize = workshop.compile("seize.c", &["-pthread"])?;
    say(&format!("attach: {}", machine::describe()));
    let n_rounds = effort.pick(5, 50);
    let heads = ["", "SEIZE", "attach", "thread ends", "let go"];
    let mut table = Table::new(format!("us per task, minimum of {n_rounds} rounds"), &heads);
    for (n_processes, n_threads) in TREES {
        let tree = Tree::start(&sleepers, n_processes, n_threads)?;
        let per_task = |ns: f64| format!("{:.2}", ns / 1000.0 / (n_processes * n_threads) as f64);
        let row = tree.measure(&seize, n_rounds)?.map(per_task);
        table.row(&format!("{n_processes} processes of {n_threads} threads"), row);
        tree.end()?;
    }
    table.print();
    Ok(())
}

/// Tasks that sleep.
struct Tree(Child);

impl Tree {
    fn start(sleepers: &Path, n_processes: usize, n_threads: usize) -> Result<Tree> {
        let mut command = Command::new(sleepers);
        command.args([n_processes.to_string(), n_threads.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut String::new())?;
        Ok(Tree(child))
    }

    /// The ns for all: to seize them and to end the thread, bare; to attach and to let go; in this order: seize, attach, end, let go.
    fn measure(&self, seize: &Path, n_rounds: usize) -> Result<[f64; 4]> {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).ok_or("no pid")?;
        let (mut samples, mut tasks) = ([(); 4].map(|()| Samples::default()), Vec::new());
        for _ in 0..n_rounds {
            let start = Instant::now();
            let attachment = Supervisor::builder().attach(pid)?;
            let attached = start.elapsed();
            tasks = attachment.tasks()?;
            let start = Instant::now();
            attachment.let_go();
            let let_go = start.elapsed();
            let mut bare = Command::new(seize);
            bare.arg("1").args(tasks.iter().filter_map(|task| task.tid).map(|tid| tid.to_string()));
            let bare = numbers(bare)?;
            let ours = [attached, let_go].map(|time| time.as_nanos() as f64);
            let [seized, ended] = bare.as_slice() else { return Err("seize says something else".into()) };
            for (samples, ns) in samples.iter_mut().zip([*seized, ours[0], *ended, ours[1]]) {
                samples.add(ns);
            }
        }
        let expected = fs::read_dir(format!("/proc/{pid}/task"))?.count();
        if tasks.len() < expected {
            Err("somebody is missing".into())
        } else {
            Ok(samples.map(|s| s.minimum()))
        }
    }

    fn end(mut self) -> Result<()> {
        drop(self.0.stdin.take());
        self.0.wait()?;
        Ok(())
    }
}
