//! What does it cost to tell watchers of modules, and to make a task with sixteen values?
//!
//! The baseline is the same number of watchers in the program, and a task without values.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use benches::effort::Effort;
use benches::program::module;
use benches::samples::{Samples, in_turns};
use benches::table::{Table, say};
use benches::{Result, machine};
use watchers::{ExecEvent, GidEvent, Ids, Module, PanicPolicy, Selection, Task, task_watcher};

#[task_watcher(exec)]
fn alone(_: &Task) {
    black_box(1);
}

macro_rules! idlers {
    ($($name:ident)*) => { $(
        #[task_watcher(gid)]
        fn $name(_: &Task) {
            black_box(stringify!($name).len());
        }
    )* };
}

idlers!(first second third fourth fifth);

/// One thing to do many times.
struct Subject {
    label: &'static str,
    run: Box<dyn Fn(u32)>,
}

fn main() -> Result<()> {
    let Some(effort) = Effort::asked() else { return Ok(()) };
    machine::pin()?;
    say(&format!("modules: {}", machine::describe()));
    let n_rounds = effort.pick(30, 1000);
    let calls = [
        notify("1 in the program", exec(&[])?),
        notify("1 in the program and 4 modules with 1 each", exec(&["one", "two", "three", "four"])?),
        five_in_the_program()?,
    ];
    report("ns per dispatch", &calls, n_rounds)?;
    let births = [birth("no values", &[])?, birth("16 values", &["slots"])?];
    report("ns to make and drop a task", &births, n_rounds)
}

/// A selection with these modules, and something to tell.
fn exec(modules: &[&str]) -> Result<Selection> {
    let mut selection = Selection::all()?;
    for name in modules {
        selection.load(Module::load(&module(name)?)?)?;
    }
    Ok(selection)
}

fn notify(label: &'static str, selection: Selection) -> Subject {
    let (task, event) = (Task::builder().build(), ExecEvent::new("/bin/true", ["true"]));
    let run = move |n_times| {
        for _ in 0..n_times {
            let (task, event): (&Rc<Task>, &ExecEvent) = black_box((&task, &event));
            drop(selection.notify(task, event.into(), PanicPolicy::Ignore));
        }
    };
    Subject { label, run: Box::new(run) }
}

fn five_in_the_program() -> Result<Subject> {
    let ids = Ids::new(0, 0, 0, 0);
    let (selection, task, event) = (Selection::all()?, Task::builder().build(), GidEvent::new(ids, ids));
    let run = move |n_times| {
        for _ in 0..n_times {
            let (task, event): (&Rc<Task>, &GidEvent) = black_box((&task, &event));
            drop(selection.notify(task, event.into(), PanicPolicy::Ignore));
        }
    };
    Ok(Subject { label: "5 in the program", run: Box::new(run) })
}

/// Makes and drops tasks, with the data of these modules.
fn birth(label: &'static str, modules: &[&str]) -> Result<Subject> {
    let selection = exec(modules)?;
    let run = move |n_times| {
        for _ in 0..n_times {
            let task = Task::builder().build();
            selection.furnish(black_box(&task));
        }
    };
    Ok(Subject { label, run: Box::new(run) })
}

fn report(title: &str, subjects: &[Subject], n_rounds: usize) -> Result<()> {
    const N_TIMES: u32 = 1000;
    let seen = in_turns(n_rounds, subjects, |subject| {
        let start = Instant::now();
        (subject.run)(N_TIMES);
        Ok(start.elapsed().as_nanos() as f64 / f64::from(N_TIMES))
    })?;
    let mut table =
        Table::new(format!("{title}: minimum (median) of {n_rounds} rounds"), &["", "ns", "x first"]);
    let first = seen.first().map_or(f64::NAN, Samples::minimum);
    for (subject, samples) in subjects.iter().zip(&seen) {
        let (least, median) = (samples.minimum(), samples.median());
        table.row(subject.label, [format!("{least:.1} ({median:.1})"), format!("{:.2}", least / first)]);
    }
    table.print();
    Ok(())
}
