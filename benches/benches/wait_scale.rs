//! What does one stop cost while many other tracees sleep?
//!
//! A wait for anybody looks at every tracee. The task that stops is the oldest, which is looked at last.

use benches::cost::numbers;
use benches::effort::Effort;
use benches::samples::{Samples, in_turns};
use benches::table::{Table, say};
use benches::{Result, machine, workshop};

const CROWDS: [usize; 3] = [0, 1000, 4000];

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let workshop = workshop!();
    let crowd = workshop.compile("tracees/crowd.c", &["-static", "-pthread"])?.display().to_string();
    let ways = [
        ("C tracer", workshop.tracer("nothing")?),
        ("supervisor, empty table", workshop.supervisor("nothing")),
        ("supervisor, every event watched", workshop.supervisor("everything")),
    ];
    let (n_rounds, n_stops) = effort.pick((2, 500), (9, 2000));
    let subjects: Vec<_> = ways.iter().flat_map(|(_, way)| CROWDS.map(|n_tasks| (way, n_tasks))).collect();
    let seen = in_turns(n_rounds, &subjects, |(way, n_tasks)| {
        let words = [&crowd, "threads", &n_tasks.to_string(), &n_stops.to_string()];
        Ok(*numbers(way.command(words))?.first().ok_or("the tracee says nothing")?)
    })?;
    say(&format!("wait_scale: {}", machine::describe()));
    report(&ways.map(|(label, _)| label), &seen, n_rounds, n_stops);
    Ok(())
}

fn report(labels: &[&str], seen: &[Samples], n_rounds: usize, n_stops: usize) {
    let title = format!(
        "a signal-delivery-stop among N sleeping tracees: us, minimum (median) of {n_rounds} rounds of {n_stops}"
    );
    let mut table = Table::new(title, &["", "N = 0", "N = 1,000", "N = 4,000"]);
    for (label, seen) in labels.iter().zip(seen.chunks(CROWDS.len())) {
        let us = |ns: f64| ns / 1000.0;
        table.row(label, seen.iter().map(|s| format!("{:.1} ({:.1})", us(s.minimum()), us(s.median()))));
    }
    table.print();
    let (tracer, ours) = seen.split_at(CROWDS.len().min(seen.len()));
    let ratios = tracer.iter().zip(ours).map(|(theirs, ours)| ours.minimum() / theirs.minimum());
    let ratios: Vec<String> = ratios.map(|ratio| format!("{ratio:.2}")).collect();
    say(&format!("  no budget yet; supervisor with an empty table, to the C tracer: {}", ratios.join(", ")));
}
