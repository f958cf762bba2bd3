//! How much memory does a supervisor need for a task that lives?
//!
//! Anonymous resident memory of the supervisor's process while so many tasks sleep, less what it has with none.

use benches::cost::numbers;
use benches::effort::Effort;
use benches::program::Prefix;
use benches::samples::{Samples, in_turns};
use benches::table::{Budget, Table, say};
use benches::{Result, machine, workshop};

const KINDS: [&str; 2] = ["threads", "processes"];
const CROWDS: [usize; 3] = [0, 1000, 4000];

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    let workshop = workshop!();
    let crowd = workshop.compile("tracees/crowd.c", &["-static", "-pthread"])?.display().to_string();
    let ways = [
        ("C tracer", workshop.tracer("everything")?),
        ("supervisor, empty table", workshop.supervisor("nothing")),
        ("supervisor, every event watched", workshop.supervisor("everything")),
    ];
    say(&format!("memory: {}", machine::describe()));
    let mut most: f64 = 0.0;
    for kind in KINDS {
        let mut table = Table::new(
            format!("a crowd of {kind}: bytes per task, and KiB with none"),
            &["", "none", "1,000", "4,000"],
        );
        for (label, way) in &ways {
            let [none, some, many] = sizes(&crowd, way, kind, effort.pick(1, 5))?;
            let per_task = [(some - none) / 1000.0, (many - none) / 4000.0];
            most = per_task.into_iter().fold(most, f64::max);
            let per_task = per_task.map(|bytes| format!("{bytes:.0}"));
            table.row(label, [format!("{:.0} KiB", none / 1024.0)].into_iter().chain(per_task));
        }
        table.print();
    }
    Budget { what: "bytes per live task, at most", at_most: 1024.0 }.judge(most);
    Ok(())
}

/// What the supervisor has with each crowd.
fn sizes(crowd: &str, way: &Prefix, kind: &str, n_rounds: usize) -> Result<[f64; 3]> {
    let seen = in_turns(n_rounds, &CROWDS, |n_tasks| {
        let found = numbers(way.command([crowd, kind, &n_tasks.to_string(), "0"]))?;
        Ok(*found.get(1).ok_or("the tracee says nothing")?)
    })?;
    let sizes: Vec<f64> = seen.iter().map(Samples::median).collect();
    Ok(sizes.try_into().map_err(|_| "three crowds")?)
}
