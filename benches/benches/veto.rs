//! What does a refused fork cost, next to one that the kernel refuses without us?

use benches::cost::Meter;
use benches::effort::Effort;
use benches::program::Prefix;
use benches::samples::{Samples, in_turns};
use benches::table::{Table, say};
use benches::{Result, machine, workshop};

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let workshop = workshop!();
    let meter = Meter::new(&workshop)?;
    let refused = workshop.compile("tracees/refused.c", &["-static"])?.display().to_string();
    say(&format!("veto: {}", machine::describe()));
    let (n_forks, n_rounds) = (effort.pick(500, 2000), effort.pick(5, 30));
    // Who is at its limit of processes, and who is refused by a watcher.
    let ways = [
        ("a limit of the kernel's, untraced", Prefix::default(), "limit"),
        ("a limit of the kernel's, supervised", workshop.supervisor("everything"), "limit"),
        ("a watcher", Prefix::of(env!("CARGO_BIN_EXE_refuse")), "watcher"),
    ];
    let cost = |count: usize| {
        in_turns(n_rounds, &ways, |(_, way, by)| {
            Ok(meter.measure(way, &[&refused, by, &count.to_string()])?.cpu)
        })
    };
    let (full, empty) = (cost(n_forks)?, cost(0)?);
    let mut table = Table::new(
        format!("fork that fails with EAGAIN: us of CPU, minimum (median) of {n_rounds} rounds of {n_forks}"),
        &["refused by", "us"],
    );
    for (((label, _, _), full), empty) in ways.iter().zip(&full).zip(&empty) {
        let each = |of: fn(&Samples) -> f64| (of(full) - of(empty)) / n_forks as f64 / 1000.0;
        table.row(label, [format!("{:.2} ({:.2})", each(Samples::minimum), each(Samples::median))]);
    }
    table.print();
    Ok(())
}
