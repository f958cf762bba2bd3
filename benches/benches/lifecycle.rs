//! What does a task's life cost under supervision?
//!
//! Per life: the CPU time of the whole tree and its tracer, less what the same lives take untraced. The program runs
//! with many lives and with few; the difference is that of the lives. What comes once is in both and falls out: the start, and the
//! first time that each piece of a tracer is needed. The tracer in C takes the same stops (same options, same
//! filter) and does nothing: what it costs is the kernel's part. What asks as well, and does nothing with the answers, is what
//! no tracer can do without that tells the events.

use benches::cost::Meter;
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
    let [empty] = stage.play("fork", [0])?;
    stage.report_start(&empty);
    for (scene, title) in SCENES {
        let [few, many] = stage.play(scene, [FEW, FEW + stage.n_lives])?;
        stage.report(title, &lives(&many, &few, stage.n_lives as f64));
    }
    Ok(())
}

/// After so many lives a tracer has seen everything.
const FEW: usize = 50;

/// Everything that is needed for a scene.
struct Stage {
    meter: Meter,
    life: String,
    nothing: String,
    ways: Vec<(&'static str, Prefix)>,
    n_lives: usize,
    n_rounds: usize,
}

/// What one way took.
#[derive(Clone, Default)]
struct Seen {
    cpu: Samples,
    wall: Samples,
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
            // Short runs, many times: the least disturbed of them counts.
            n_lives: effort.pick(150, 300),
            n_rounds: effort.pick(5, 100),
        })
    }

    /// Runs each number of lives in every way, all in turns: what is subtracted was measured as fast as what it is subtracted from.
    fn play<const N: usize>(&self, scene: &str, numbers: [usize; N]) -> Result<[Vec<Seen>; N]> {
        let mut seen = numbers.map(|_| vec![Seen::default(); self.ways.len()]);
        for _ in 0..self.n_rounds {
            for (n_lives, seen) in numbers.iter().zip(&mut seen) {
                self.play_once(scene, *n_lives, seen)?;
            }
        }
        Ok(seen)
    }

    fn play_once(&self, scene: &str, n_lives: usize, seen: &mut [Seen]) -> Result<()> {
        for ((_, way), seen) in self.ways.iter().zip(seen) {
            let cost = self.meter.measure(way, &[&self.life, scene, &n_lives.to_string(), &self.nothing])?;
            seen.cpu.add(cost.cpu);
            seen.wall.add(cost.wall);
        }
        Ok(())
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
        let title =
            format!("{title}: us per life, minimum (and median) of {n_rounds} rounds of {n_lives} more");
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

fn lives(many: &[Seen], few: &[Seen], n_lives: f64) -> Vec<Life> {
    let each = |many: f64, few: f64| (many - few) / n_lives / 1000.0;
    let life = |(many, few): (&Seen, &Seen)| Life {
        cpu: each(many.cpu.minimum(), few.cpu.minimum()),
        median_cpu: each(many.cpu.median(), few.cpu.median()),
        wall: each(many.wall.minimum(), few.wall.minimum()),
    };
    many.iter().zip(few).map(life).collect()
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
