//! What does one report to 0, 1, 4 or 16 engines cost?
//!
//! A system call stops at both ends, and each engine is told of both.

use benches::cost::numbers;
use benches::effort::Effort;
use benches::samples::{Samples, in_turns};
use benches::table::{Table, say};
use benches::{Result, machine, workshop};

const CROWDS: [usize; 4] = [0, 1, 4, 16];

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let workshop = workshop!();
    let calls = workshop.compile("tracees/calls.c", &["-static"])?.display().to_string();
    let mut ways = vec![("C tracer".to_owned(), workshop.tracer("stops")?)];
    for n_engines in CROWDS {
        let way = workshop.supervisor(&format!("engines={n_engines}"));
        ways.push((format!("supervisor, {n_engines} engines"), way));
    }
    let (n_rounds, n_chunks) = effort.pick((3, 5), (15, 20));
    let seen = in_turns(n_rounds, &ways, |(_, way)| {
        let words = [&calls, "none", &n_chunks.to_string(), "1000"];
        Ok(*numbers(way.command(words))?.first().ok_or("the tracee says nothing")?)
    })?;
    say(&format!("engines: {}", machine::describe()));
    report(&ways.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(), &seen, n_rounds, n_chunks);
    Ok(())
}

fn report(labels: &[&str], seen: &[Samples], n_rounds: usize, n_chunks: usize) {
    // Each call has two stops, and a report at each.
    let stop = |ns: f64| ns / 2000.0;
    let title = format!(
        "a stop of a system call: us, minimum (median) of {n_rounds} rounds of {n_chunks} x 1,000 calls"
    );
    let mut table = Table::new(title, &["", "us", "x C tracer", "ns for each engine"]);
    let (tracer, none) = (seen.first(), seen.get(1));
    let least = |samples: Option<&Samples>| samples.map_or(f64::NAN, |samples| stop(samples.minimum()));
    for ((n, label), samples) in labels.iter().enumerate().zip(seen) {
        let us = least(Some(samples));
        let n_engines = n.checked_sub(1).and_then(|n| CROWDS.get(n)).copied().unwrap_or(0);
        let each = match n_engines {
            0 => String::new(),
            n_engines => format!("{:.0}", (us - least(none)) * 1000.0 / n_engines as f64),
        };
        let both = format!("{us:.2} ({:.2})", stop(samples.median()));
        table.row(label, [both, format!("{:.2}", us / least(tracer)), each]);
    }
    table.print();
    say("  no budget yet");
}
