//! What does a system call cost that nobody watches?
//!
//! getppid(2), the shortest there is: native, under the supervisor's filter without a supervisor, and supervised.

use benches::cost::numbers;
use benches::effort::Effort;
use benches::program::Prefix;
use benches::samples::{Samples, in_turns};
use benches::table::{Budget, Table, say};
use benches::{Result, machine, workshop};

/// How a tracee runs, and which filter it installs itself.
struct Way {
    label: &'static str,
    prefix: Prefix,
    filter: &'static str,
}

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let workshop = workshop!();
    let calls = workshop.compile("tracees/calls.c", &["-static"])?.display().to_string();
    let way = |label, prefix, filter| Way { label, prefix, filter };
    let ways = [
        way("untraced", Prefix::default(), "none"),
        way("untraced, filter of an empty table", Prefix::default(), "nothing"),
        way("supervisor, empty table", workshop.supervisor("nothing"), "none"),
        way("untraced, filter of every event", Prefix::default(), "everything"),
        way("supervisor, every event watched", workshop.supervisor("everything"), "none"),
    ];
    let (n_rounds, n_chunks) = effort.pick((7, 10), (31, 40));
    let seen = in_turns(n_rounds, &ways, |way| {
        let found = numbers(way.prefix.command([&calls, way.filter, &n_chunks.to_string()]))?;
        Ok(*found.first().ok_or("the tracee says nothing")?)
    })?;
    say(&format!("syscall_free: {}", machine::describe()));
    report(&ways, &seen, n_rounds, n_chunks);
    Ok(())
}

fn report(ways: &[Way], seen: &[Samples], n_rounds: usize, n_chunks: usize) {
    let least = |n: usize| seen.get(n).map_or(f64::NAN, Samples::minimum);
    let title =
        format!("getppid: ns per call, minimum (and median) of {n_rounds} rounds of {n_chunks} x 10,000");
    let mut table = Table::new(title, &["", "ns", "(median)", "x same filter"]);
    for ((n, way), samples) in ways.iter().enumerate().zip(seen) {
        let ratio = if n == 0 { String::new() } else { format!("{:.3}", least(n) / least(n - (n + 1) % 2)) };
        table
            .row(way.label, [format!("{:.1}", samples.minimum()), format!("{:.1}", samples.median()), ratio]);
    }
    table.print();
    Budget { what: "supervised, to untraced under the same filter (empty table)", at_most: 1.05 }
        .judge(least(2) / least(1));
    Budget { what: "supervised, to untraced under the same filter (every event)", at_most: 1.05 }
        .judge(least(4) / least(3));
}
