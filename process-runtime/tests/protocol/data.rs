//! Task data over real lives: made at INIT and dropped after FREE, also of those who never came to be.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use watchers::{Task, task_data, task_watcher};

use super::storm::{Whim, end_a_storm, storm};
use super::support::{Mode, lines, run_with, tracee};

/// What a supervisor's values did.
#[derive(Clone, Default)]
struct Tally(Arc<Counts>);

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
    dropped_before_free: AtomicUsize,
}

impl Tally {
    /// Made, dropped, and dropped too early.
    fn read(&self) -> [usize; 3] {
        let Counts { made, dropped, dropped_before_free } = &*self.0;
        [made, dropped, dropped_before_free].map(|count| count.load(Ordering::Relaxed))
    }
}

/// A supervisor with this has values that panic when they are dropped.
struct Spite;

/// One value.
struct Counted {
    tally: Tally,
    freed: Cell<bool>,
    spite: bool,
}

impl Counted {
    /// `None` in the supervisors of other tests.
    fn of(task: &Task) -> Option<Counted> {
        let tally = task.data::<Tally>()?.clone();
        tally.0.made.fetch_add(1, Ordering::Relaxed);
        Some(Counted { tally, freed: Cell::new(false), spite: task.data::<Spite>().is_some() })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.tally.0.dropped.fetch_add(1, Ordering::Relaxed);
        self.tally.0.dropped_before_free.fetch_add(usize::from(!self.freed.get()), Ordering::Relaxed);
        assert!(!self.spite, "out of spite");
    }
}

mod first {
    use super::*;

    task_data! { pub(crate) static FIRST: Option<Counted> = |task, _| Counted::of(task); }
}

mod last {
    use super::*;

    task_data! {
        pub(crate) static LAST: Option<Box<Counted>> = |task, _| Counted::of(task).map(Box::new);

        /// Of a whole tree: the last of it drops it.
        static TREE: Option<Rc<Counted>> = |task, parent| match parent {
            Some(parent) => TREE.get(parent).clone(),
            None => Counted::of(task).inspect(|counted| counted.freed.set(true)).map(Rc::new),
        };
    }
}

#[task_watcher(free, order = 9)]
fn marks_the_end(task: &Task) {
    if let (Some(first), Some(last)) = (first::FIRST.get(task), last::LAST.get(task)) {
        first.freed.set(true);
        last.freed.set(true);
    }
}

#[test]
fn in_a_storm() {
    for (mode, seed) in Mode::ALL.into_iter().zip([5, 6]) {
        let tally = Tally::default();
        let builder = mode.builder().data(Whim::new(seed)).data(tally.clone());
        let ends = storm(builder, &["4000", &seed.to_string()]);
        let lives: usize = ends.values().sum();
        assert_eq!(tally.read(), [lives * 2 + 1, lives * 2 + 1, 0], "{mode:?} {ends:?}");
    }
}

#[test]
fn in_a_storm_that_is_ended() {
    for mode in Mode::ALL {
        let tally = Tally::default();
        let ledger = end_a_storm(mode.builder().data(Whim::new(7)).data(tally.clone()), 500);
        let lives: usize = ledger.ends().values().sum();
        assert_eq!(tally.read(), [lives * 2 + 1, lives * 2 + 1, 0], "{mode:?}");
    }
}

/// The others of the task are dropped, the supervisor goes on, and says so.
#[test]
fn a_value_that_panics_when_it_is_dropped() {
    for mode in Mode::ALL {
        let tally = Tally::default();
        let mut command = tracee("makers");
        command.arg("fork");
        let run = run_with(mode.builder().data(tally.clone()).data(Spite), command);
        let expected = lines(
            "init 1
            clone 1
            exec 1 makers
            init 1>2 SIGCHLD
            clone 1>2
            exit 2 code 0
            free 2 code 0
            exit 1 code 0
            free 1 code 0",
        );
        assert_eq!((run.trace.whole(), run.verdict.stdout), (expected, lines("fork: code 0")), "{mode:?}");
        assert_eq!(tally.read(), [5, 5, 0], "{mode:?}");
        // The child's two, and three of the command.
        let told = |value: &str| format!("task data of type {value} panicked: out of spite");
        let of = |name: &str| format!("core::option::Option<{name}<protocol::data::Counted>>");
        let first = told("core::option::Option<protocol::data::Counted>");
        let last = told(&of("alloc::boxed::Box"));
        let tree = told(&of("alloc::rc::Rc"));
        assert_eq!(run.notices.iter().collect::<Vec<_>>(), [&first, &last, &first, &last, &tree], "{mode:?}");
    }
}
