//! What does a task's life cost under supervision?
//!
//! Per life: the CPU time of the whole tree and its tracer, less what the same lives take untraced. The program that makes the lives
//! measures them itself, in series of some milliseconds, of which the least disturbed counts; so nothing that comes once is in it: the
//! start, and the first time that each piece of a tracer is needed. The tracer in C takes the same stops (same options, same filter) and
//! does nothing: what it costs is the kernel's part. What asks as well, and does nothing with the answers, is what no tracer can do
//! without that tells the events.
//!
//! # Alternatives
//!
//! To measure whole commands, with many lives and with few, and to subtract: two minima instead of one for each way, of which each is
//! the luck of a longer time. The ratios of one run and the next differed by a tenth.

use benches::cost::{Meter, numbers};
use benches::effort::Effort;
use benches::program::{Prefix, Workshop};
use benches::samples::Samples;
use benches::table::{Budget, Table, say};
use benches::{Result, machine, workshop};

const SCENES: [(&str, &str); 4] = [
    ("fork", "fork + exit"),
    ("exec", "fork + exec + exit (a static binary)"),
    ("spawn", "posix_spawn + exit (a static binary)"),
    ("thread", "thread create + join"),
];

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let stage = Stage::new(effort)?;
    say(&format!("lifecycle: {}", machine::describe()));
    stage.report_start(&stage.start()?);
    for (scene, title) in SCENES {
        let lives: Vec<Life> = stage.play(scene)?.iter().map(Life::of).collect();
        stage.report(title, &lives);
    }
    Ok(())
}

/// Everything that is needed for a scene.
struct Stage {
    meter: Meter,
    life: String,
    nothing: String,
    ways: Vec<(&'static str, Prefix)>,
    n_lives: usize,
    n_rounds: usize,
}

/// What one way took, in ns.
#[derive(Clone, Default)]
struct Seen {
    cpu: Samples,
    wall: Samples,
}

impl Seen {
    fn add(&mut self, wall: f64, cpu: f64) {
        self.wall.add(wall);
        self.cpu.add(cpu);
    }
}

impl Stage {
    fn new(effort: Effort) -> Result<Stage> {
        let workshop = workshop!();
        let path = |program: std::path::PathBuf| program.display().to_string();
        Ok(Stage {
            meter: Meter::new(&workshop)?,
            life: path(workshop.compile("tracees/life.c", &["-static", "-pthread"])?),
            nothing: path(workshop.compile("tracees/nothing.c", &["-static", "-nostdlib"])?),
            ways: ways(&workshop)?,
            // Many processes: where one has come to lie in memory is luck, too.
            n_lives: effort.pick(200, 500),
            n_rounds: effort.pick(5, 60),
        })
    }

    /// Runs the command that makes no lives in every way, in turns.
    fn start(&self) -> Result<Vec<Seen>> {
        let command = [&self.life, "fork", "0", &self.nothing, "alone"];
        self.in_turns(|_, way, seen| {
            let cost = self.meter.measure(way, &command)?;
            seen.add(cost.wall, cost.cpu);
            Ok(())
        })
    }

    /// Makes the lives in every way, in turns.
    fn play(&self, scene: &str) -> Result<Vec<Seen>> {
        let n_lives = self.n_lives.to_string();
        self.in_turns(|n, way, seen| {
            let how = if n == UNTRACED { "alone" } else { "traced" };
            let series = numbers(way.command([&self.life, scene, &n_lives, &self.nothing, how]))?;
            series.as_chunks().0.iter().for_each(|[wall, cpu]| seen.add(*wall, *cpu));
            Ok(())
        })
    }

    fn in_turns(
        &self,
        mut measure: impl FnMut(usize, &Prefix, &mut Seen) -> Result<()>,
    ) -> Result<Vec<Seen>> {
        let mut seen = vec![Seen::default(); self.ways.len()];
        for _ in 0..self.n_rounds {
            for (n, ((_, way), seen)) in self.ways.iter().zip(&mut seen).enumerate() {
                measure(n, way, seen)?;
            }
        }
        Ok(seen)
    }

    fn report_start(&self, empty: &[Seen]) {
        let title = format!("a whole command that does nothing: us, minimum of {} rounds", self.n_rounds);
        let mut table = Table::new(title, &["", "cpu", "wall"]);
        for ((label, _), seen) in self.ways.iter().zip(empty) {
            table.row(
                label,
                [&seen.cpu, &seen.wall].map(|samples| format!("{:.0}", samples.minimum() / 1000.0)),
            );
        }
        table.print();
    }

    fn report(&self, title: &str, lives: &[Life]) {
        let (n_lives, n_rounds) = (self.n_lives, self.n_rounds);
        let title = format!("{title}: us per life, minimum (and median) of {n_rounds} rounds of {n_lives}");
        let life = |n: usize| lives.get(n).copied().unwrap_or_default();
        let added = |n: usize| life(n).cpu - life(UNTRACED).cpu;
        let mut table =
            Table::new(title, &["", "cpu", "added", "(median)", "wall", "x C tracer", "x strace"]);
        for (n, (label, _)) in self.ways.iter().enumerate() {
            let median = life(n).median_cpu - life(UNTRACED).median_cpu;
            let us = [life(n).cpu, added(n), median, life(n).wall].map(|us| format!("{us:.1}"));
            let ratios = [peer_of(n), STRACE].map(|to| match n {
                UNTRACED => String::new(),
                _ if to >= lives.len() => String::new(),
                _ => format!("{:.2}", added(n) / added(to)),
            });
            table.row(label, us.into_iter().chain(ratios));
        }
        table.print();
        Budget { what: "every event watched, to the C tracer, added CPU", at_most: 1.25 }
            .judge(added(EVERYTHING) / added(TRACER_EVERYTHING));
        say(&format!(
            "  every event watched, to the C tracer that asks, added CPU: {:.2}",
            added(EVERYTHING) / added(TRACER_ASKING)
        ));
        if lives.len() > STRACE {
            Budget { what: "every event watched, to strace, added CPU", at_most: 0.5 }
                .judge(added(EVERYTHING) / added(STRACE));
        }
    }
}

/// What one life takes, in us.
#[derive(Clone, Copy, Default)]
struct Life {
    cpu: f64,
    median_cpu: f64,
    wall: f64,
}

impl Life {
    fn of(seen: &Seen) -> Life {
        Life {
            cpu: seen.cpu.minimum() / 1000.0,
            median_cpu: seen.cpu.median() / 1000.0,
            wall: seen.wall.minimum() / 1000.0,
        }
    }
}

const UNTRACED: usize = 0;
const TRACER_NOTHING: usize = 1;
const TRACER_EVERYTHING: usize = 3;
const EVERYTHING: usize = 4;
const TRACER_ASKING: usize = 6;
const STRACE: usize = 7;

/// The tracer in C that takes the stops that this way takes.
fn peer_of(way: usize) -> usize {
    if way < TRACER_EVERYTHING { TRACER_NOTHING } else { TRACER_EVERYTHING }
}

fn ways(workshop: &Workshop) -> Result<Vec<(&'static str, Prefix)>> {
    let mut ways = vec![
        ("untraced", Prefix::default()),
        ("C tracer, stops of an empty table", workshop.tracer("nothing")?),
        ("supervisor, empty table", workshop.supervisor("nothing")),
        ("C tracer, stops of every event", workshop.tracer("everything")?),
        ("supervisor, every event watched", workshop.supervisor("everything")),
        ("supervisor, every event observed", workshop.supervisor("observers")),
        ("C tracer that asks what events tell", workshop.tracer("asking")?),
    ];
    match Prefix::strace() {
        Some(strace) => ways.push(("strace -f --seccomp-bpf -e trace=process", strace)),
        None => say("strace is not installed: not compared with it"),
    }
    Ok(ways)
}
