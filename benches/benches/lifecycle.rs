//! What does a task's life cost under supervision?
//!
//! Per life: the CPU time of the whole tree and its tracer, less what the same lives take untraced. Each program runs
//! with many lives and with none; the difference is theirs. The tracer in C takes the same stops (same options, same
//! filter) and does nothing: below it is the kernel's part.

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
    SCENES.iter().try_for_each(|(scene, title)| stage.play(scene, title))
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

/// The samples of one way: with many lives, and with none.
#[derive(Clone, Default)]
struct Seen {
    many: [Samples; 2],
    none: [Samples; 2],
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
            n_lives: effort.pick(200, 1000),
            n_rounds: effort.pick(3, 15),
        })
    }

    fn play(&self, scene: &str, title: &str) -> Result<()> {
        let mut seen = vec![Seen::default(); self.ways.len()];
        for _ in 0..self.n_rounds {
            for ((_, way), seen) in self.ways.iter().zip(&mut seen) {
                self.take(way, scene, self.n_lives, &mut seen.many)?;
                self.take(way, scene, 0, &mut seen.none)?;
            }
        }
        self.report(title, &seen);
        Ok(())
    }

    fn take(&self, way: &Prefix, scene: &str, n: usize, [cpu, wall]: &mut [Samples; 2]) -> Result<()> {
        let cost = self.meter.measure(way, &[&self.life, scene, &n.to_string(), &self.nothing])?;
        cpu.add(cost.cpu);
        wall.add(cost.wall);
        Ok(())
    }

    fn report(&self, title: &str, seen: &[Seen]) {
        let title = format!(
            "{title}: us per life, minimum (and median) of {} rounds of {}",
            self.n_rounds, self.n_lives
        );
        let heads = ["", "cpu", "added", "(median)", "wall", "x C tracer", "x strace"];
        let mut table = Table::new(title, &heads);
        let cpu =
            |n: usize, of: fn(&Samples) -> f64| seen.get(n).map_or(f64::NAN, |s| self.per_life(s, 0, of));
        let added = |n: usize, of: fn(&Samples) -> f64| cpu(n, of) - cpu(UNTRACED, of);
        for (n, (label, _)) in self.ways.iter().enumerate() {
            let ratio = |to: usize| match added(n, Samples::minimum) / added(to, Samples::minimum) {
                ratio if n == UNTRACED || !ratio.is_finite() => String::new(),
                ratio => format!("{ratio:.2}"),
            };
            let wall = seen.get(n).map_or(f64::NAN, |seen| self.per_life(seen, 1, Samples::minimum));
            let (least, median) = (added(n, Samples::minimum), added(n, Samples::median));
            let numbers = [cpu(n, Samples::minimum), least, median, wall].map(|us| format!("{us:.1}"));
            table.row(label, numbers.into_iter().chain([ratio(peer_of(n)), ratio(STRACE)]));
        }
        table.print();
        let every = added(EVERYTHING, Samples::minimum);
        Budget { what: "every event watched, to the C tracer, added CPU", at_most: 1.25 }
            .judge(every / added(TRACER_EVERYTHING, Samples::minimum));
        if self.ways.len() > STRACE {
            Budget { what: "every event watched, to strace, added CPU", at_most: 0.5 }
                .judge(every / added(STRACE, Samples::minimum));
        }
    }

    fn per_life(&self, seen: &Seen, which: usize, of: fn(&Samples) -> f64) -> f64 {
        let at = |samples: &[Samples; 2]| samples.get(which).map_or(f64::NAN, of);
        (at(&seen.many) - at(&seen.none)) / self.n_lives as f64 / 1000.0
    }
}

const UNTRACED: usize = 0;
const TRACER_NOTHING: usize = 1;
const TRACER_EVERYTHING: usize = 3;
const EVERYTHING: usize = 4;
const STRACE: usize = 6;

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
    ];
    match Prefix::strace() {
        Some(strace) => ways.push(("strace -f --seccomp-bpf -e trace=process", strace)),
        None => say("strace is not installed: not compared with it"),
    }
    Ok(ways)
}
