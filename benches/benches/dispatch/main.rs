//! What does it cost to tell N watchers?
//!
//! Each event of this program has a table of its own: nobody watches `init`, one function `uid`, 8 `gid`, 64 `exec`.
//! All do the same. The budget is a static array of function pointers that the compiler cannot see through.

mod count;
mod crowds;
mod ways;

use std::hint::black_box;
use std::time::Instant;

use benches::effort::Effort;
use benches::samples::{Samples, in_turns};
use benches::table::{Budget, Table, say};
use benches::{Result, machine};
use crowds::{SIZES, subjects};
use ways::{Subject, WAYS, Way};

fn main() -> Result<()> {
    if std::env::args().any(|word| word == count::ARGUMENT) {
        return count::run(&subjects()?);
    }
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    say(&format!("dispatch: {}", machine::describe()));
    let subjects = subjects()?;
    let n_rounds = effort.pick(300, 3000);
    let seen = in_turns(n_rounds, &subjects, |subject| Ok(time(subject)))?;
    report_time(&subjects, &seen, n_rounds);
    count::report(&subjects)
}

/// The ns of one dispatch.
fn time(subject: &Subject) -> f64 {
    let n_times = match subject.n_watchers {
        0 | 1 => 4000,
        8 => 1000,
        _ => 150,
    };
    let start = Instant::now();
    black_box(&subject.run)(n_times);
    start.elapsed().as_secs_f64() * 1e9 / f64::from(n_times)
}

fn report_time(subjects: &[Subject], seen: &[Samples], n_rounds: usize) {
    let minima: Vec<f64> = seen.iter().map(Samples::minimum).collect();
    let medians: Vec<f64> = seen.iter().map(Samples::median).collect();
    let title = format!("ns per dispatch, minimum (median) of {n_rounds} rounds");
    print(title, subjects, |n| {
        let at = |all: &[f64]| all.get(n).copied().unwrap_or(f64::NAN);
        format!("{:.2} ({:.2})", at(&minima), at(&medians))
    });
    judge(subjects, &minima);
}

/// A row for each way, a column for each number of watchers.
fn print(title: String, subjects: &[Subject], cell: impl Fn(usize) -> String) {
    let heads = SIZES.map(|size| format!("N = {size}"));
    let heads: Vec<&str> = [""].into_iter().chain(heads.iter().map(String::as_str)).collect();
    let mut table = Table::new(title, &heads);
    for way in WAYS {
        let cells = subjects.iter().enumerate().filter(|(_, subject)| subject.way == way);
        table.row(way.label(), cells.map(|(n, _)| cell(n)));
    }
    table.print();
}

/// Compares the sealed table with the static array, for each number of watchers.
fn judge(subjects: &[Subject], ns: &[f64]) {
    let at = |way: Way, size: u32| {
        let is = |subject: &Subject| subject.way == way && subject.n_watchers == size;
        subjects.iter().position(is).and_then(|n| ns.get(n)).copied().unwrap_or(f64::NAN)
    };
    for way in [Way::Selection, Way::Notify] {
        let what = format!("{}, no watchers, ns more than an empty loop", way.label());
        Budget { what: &what, at_most: 1.0 }.judge(at(way, 0) - at(Way::EmptyLoop, 0));
        for size in SIZES.into_iter().filter(|size| *size > 0) {
            let what = format!("{}, N = {size}, to a static array", way.label());
            Budget { what: &what, at_most: 1.1 }.judge(at(way, size) / at(Way::StaticArray, size));
        }
    }
}
