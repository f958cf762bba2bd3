//! cargo test --example unit_test
//!
//! A watcher is tested without any process: with a made-up task, a made-up event and `watchers::notify`.

#![forbid(unsafe_code)]

use std::rc::Rc;

use watchers::{CloneFlags, Errno, Event, InitEvent, Task, Verdict, notify, task_data, task_watcher};

/// How many generations there may be.
const DEEPEST: u32 = 3;

task_data! {
    /// The generation of a task: a thread is of its process's, a child of the next.
    static DEPTH: u32 = |task, parent| match parent {
        None => 1,
        Some(parent) => DEPTH.get(parent) + u32::from(!task.is_thread()),
    };
}

/// Stops what a fork bomb does: a child of a child of a child.
#[task_watcher(init)]
fn not_too_deep(task: &Task, _init: &InitEvent) -> Result<(), Errno> {
    if *DEPTH.get(task) > DEEPEST { Err(Errno::EAGAIN) } else { Ok(()) }
}

/// What all `init` watchers of this program say to a fork by `parent`.
fn fork(parent: &Rc<Task>) -> (Rc<Task>, Verdict) {
    let child = Task::builder().parent(parent).build();
    let verdict = notify(&child, Event::Init(&InitEvent::new(CloneFlags::FORK)));
    (child, verdict)
}

/// The tables can be driven by any source of events, and need no process to be there.
fn main() {
    let mut task = Task::builder().build();
    for generation in 2..=5 {
        let (child, verdict) = fork(&task);
        eprintln!("generation {generation}: {verdict:?}");
        task = child;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourth_generation_is_refused() {
        let root = Task::builder().build();
        let (child, verdict) = fork(&root);
        assert_eq!(verdict, Verdict::GO);
        let (grandchild, verdict) = fork(&child);
        assert_eq!(verdict, Verdict::GO);
        assert_eq!(fork(&grandchild).1, Verdict::deny(Errno::EAGAIN));
    }

    #[test]
    fn a_family_may_be_wide() {
        let root = Task::builder().build();
        assert!((0..100).all(|_| fork(&root).1.is_go()));
    }

    #[test]
    fn threads_are_no_generation() {
        let root = Task::builder().build();
        let child = Task::builder().parent(&root).build();
        let grandchild = Task::builder().parent(&child).build();
        let thread = Task::builder().parent(&grandchild).thread().build();
        // A watcher is an ordinary function, too.
        assert_eq!(not_too_deep(&thread, &InitEvent::new(CloneFlags::FORK)), Ok(()));
    }
}
