//! A hundred thousand tasks with data of several modules: each value is dropped with its task, and no memory is left.
//!
//! One test, as it looks at the memory of the whole process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use watchers::{
    CloneEvent, CloneFlags, Errno, Event, ExitEvent, ExitStatus, FreeEvent, InitEvent, Stillborn, Task,
    notify, task_data, task_watcher,
};

thread_local! {
    static ALIVE: Cell<usize> = const { Cell::new(0) };
    static MADE: Cell<usize> = const { Cell::new(0) };
}

/// Counts itself, and owns memory.
struct Counted(#[expect(dead_code, reason = "it is there to be freed")] [Box<u8>; 2]);

impl Counted {
    fn new() -> Self {
        ALIVE.set(ALIVE.get() + 1);
        MADE.set(MADE.get() + 1);
        Self([Box::new(1), Box::new(2)])
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

mod audit {
    use super::*;

    task_data! {
        pub(crate) static RECORD: (Counted, RefCell<Vec<String>>) = |_, _| (Counted::new(), RefCell::default());
    }

    #[task_watcher(init)]
    fn begin(task: &Task) {
        RECORD.get(task).1.borrow_mut().push(format!("{} is asked for", task.id()));
    }

    /// The data is there to the end, of a task that never came to be too.
    #[task_watcher(free)]
    fn end(task: &Task) {
        assert_eq!(RECORD.get(task).1.borrow().len(), 1);
    }
}

mod family {
    use super::*;

    task_data! {
        /// Shared by a whole line.
        pub(crate) static LINE: Rc<Counted> = |_, parent| match parent {
            Some(parent) => LINE.get(parent).clone(),
            None => Rc::new(Counted::new()),
        };
    }
}

mod numbers {
    use super::*;

    task_data! {
        static FIRST: Counted = |_, _| Counted::new();
        static LAST: Counted = |_, _| Counted::new();
    }
}

/// How many values a root has.
const VALUES: usize = 4;

fn fork(n: usize) -> CloneFlags {
    if n.is_multiple_of(2) { CloneFlags::FORK } else { CloneFlags::VFORK }
}

/// One task from its `init` to its `clone`, or to its `free` if it is stillborn.
fn birth(n: usize, parent: Option<&Rc<Task>>) -> Option<Rc<Task>> {
    let builder = Task::builder();
    let task = parent.map_or(Task::builder(), |parent| builder.parent(parent)).build();
    let _ = notify(&task, Event::Init(&InitEvent::new(fork(n))));
    if n % 10 == 9 {
        let why = Stillborn::Failed(Errno::EAGAIN);
        let _ = notify(&task, Event::Free(&FreeEvent::stillborn(why)));
        return None;
    }
    let _ = notify(&task, Event::Clone(&CloneEvent::new(fork(n))));
    Some(task)
}

fn death(task: &Task) {
    let _ = notify(task, Event::Exit(&ExitEvent::new(ExitStatus::SUCCESS)));
    let _ = notify(task, Event::Free(&FreeEvent::died(ExitStatus::SUCCESS)));
}

/// So many lives, of which up to 50 are alive at a time; each is the child of the one before.
fn lives(n: usize) {
    let mut alive: VecDeque<Rc<Task>> = VecDeque::new();
    for n in 0..n {
        if let Some(task) = birth(n, alive.back()) {
            alive.push_back(task);
        }
        if alive.len() > 50 {
            death(&alive.pop_front().unwrap());
        }
        assert!(ALIVE.get() <= 51 * VALUES, "after {n} lives there are {}", ALIVE.get());
    }
    alive.iter().for_each(|task| death(task));
}

/// What is resident, in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

#[test]
fn a_hundred_thousand_lives_leave_nothing() {
    lives(1000);
    let before = resident();
    MADE.set(0);
    lives(100_000);
    assert_eq!((MADE.get(), ALIVE.get()), (300_001, 0), "made, alive");
    // Had each life left its array of slots alone, this would be more than ten thousand.
    let grown = resident().saturating_sub(before);
    assert!(grown < 2000, "{grown} KiB more are resident");
}
