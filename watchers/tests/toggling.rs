//! Watchers that several threads take away and bring back at once.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use watchers::{EventKind, Selection, Task, task_watcher};

#[task_watcher(init)]
fn mine(_: &Task) {}

#[task_watcher(exec)]
fn of_others(_: &Task) {}

/// What one thread has brought back stays, whatever another counts meanwhile.
#[test]
fn nothing_is_lost() {
    const N_ROUNDS: u32 = 20_000;
    let selection = Selection::all().expect("a sound table");
    let done = AtomicBool::new(false);
    let toggle = |name| {
        selection.disable_named(name).expect("it is there");
        selection.enable_named(name).expect("it is there");
    };
    let mut n_lost = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                toggle("of_others");
            }
        });
        for _ in 0..N_ROUNDS {
            toggle("mine");
            n_lost += u32::from((0..100).any(|_| !selection.events().contains(EventKind::Init)));
        }
        done.store(true, Relaxed);
    });
    assert_eq!(n_lost, 0);
}
