//! `--max-tasks N`: a stock watcher that refuses the N+1st live task.
//!
//! It holds whenever a [`TaskLimit`] is among the data of a supervisor, and lets everything pass otherwise.

use std::cell::Cell;
use std::num::NonZeroUsize;

use watchers::{Errno, FreeEvent, InitEvent, Task, task_data, task_watcher};

/// The stock watchers of this file, by names that nobody else has.
pub(crate) const WATCHERS: [&str; 3] = [
    concat!(module_path!(), "::max_tasks"),
    concat!(module_path!(), "::max_tasks_found"),
    concat!(module_path!(), "::max_tasks_free"),
];

/// How many tasks may live at once, threads included.
///
/// Given to a supervisor with `Builder::data`, it makes the stock watcher `max_tasks` refuse all others
/// with EAGAIN, as RLIMIT_NPROC does for a user and the pids controller for a control group.
#[derive(Debug)]
pub struct TaskLimit {
    most: usize,
    live: Cell<usize>,
}

impl TaskLimit {
    /// At most `most` tasks.
    pub fn new(most: NonZeroUsize) -> TaskLimit {
        TaskLimit { most: most.get(), live: Cell::new(0) }
    }
}

task_data! { static COUNTED: Cell<bool> = |_task, _parent| Cell::new(false); }

/// Counts the task, or refuses it with EAGAIN.
#[task_watcher(init)]
fn max_tasks(task: &Task, init: &InitEvent) -> Result<(), Errno> {
    let Some(limit) = task.data::<TaskLimit>() else { return Ok(()) };
    // A late init is no question any more: the task exists.
    if limit.live.get() >= limit.most && !init.late {
        return Err(Errno::EAGAIN);
    }
    count(task, limit);
    Ok(())
}

/// Counts the task: whoever was there before the supervisor has a place, also where they are more than the limit.
#[task_watcher(found)]
fn max_tasks_found(task: &Task) {
    if let Some(limit) = task.data::<TaskLimit>() {
        count(task, limit);
    }
}

fn count(task: &Task, limit: &TaskLimit) {
    COUNTED.get(task).set(true);
    limit.live.set(limit.live.get() + 1);
}

/// Gives the place back, if the task had one.
#[task_watcher(free)]
fn max_tasks_free(task: &Task, _free: &FreeEvent) {
    let Some(limit) = task.data::<TaskLimit>() else { return };
    if COUNTED.get(task).take() {
        limit.live.set(limit.live.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use watchers::{CloneFlags, ExitStatus, SharedData};

    use super::*;

    fn limited(most: usize) -> Rc<SharedData> {
        let mut data = SharedData::new();
        data.insert(TaskLimit::new(NonZeroUsize::new(most).unwrap())).unwrap();
        Rc::new(data)
    }

    #[test]
    fn the_next_one_waits_for_a_place() {
        let data = limited(2);
        let init = InitEvent::new(CloneFlags::FORK);
        let task = || Task::builder().shared(data.clone()).build();
        let tasks = [task(), task(), task()];
        let answers: Vec<_> = tasks.iter().map(|task| max_tasks(task, &init)).collect();
        assert_eq!(answers, [Ok(()), Ok(()), Err(Errno::EAGAIN)]);
        // Being freed, the refused one gives nothing back, and one that lived does, once.
        let free = FreeEvent::died(ExitStatus::from_raw(0));
        max_tasks_free(&tasks[2], &free);
        assert_eq!(max_tasks(&task(), &init), Err(Errno::EAGAIN));
        max_tasks_free(&tasks[0], &free);
        max_tasks_free(&tasks[0], &free);
        assert_eq!(max_tasks(&task(), &init), Ok(()));
        assert_eq!(max_tasks(&task(), &init), Err(Errno::EAGAIN));
    }

    #[test]
    fn whoever_was_there_has_a_place() {
        let data = limited(2);
        let init = InitEvent::new(CloneFlags::FORK);
        let task = || Task::builder().shared(data.clone()).build();
        let found = [task(), task(), task()];
        found.iter().for_each(|task| max_tasks_found(task));
        let free = FreeEvent::died(ExitStatus::from_raw(0));
        assert_eq!(max_tasks(&task(), &init), Err(Errno::EAGAIN));
        max_tasks_free(&found[0], &free);
        assert_eq!(max_tasks(&task(), &init), Err(Errno::EAGAIN));
        max_tasks_free(&found[1], &free);
        assert_eq!(max_tasks(&task(), &init), Ok(()));
    }

    #[test]
    fn without_a_limit_there_is_none() {
        let task = Task::builder().build();
        assert_eq!(max_tasks(&task, &InitEvent::new(CloneFlags::FORK)), Ok(()));
        assert!(!COUNTED.get(&task).get());
    }

    #[test]
    fn a_late_one_counts() {
        let data = limited(1);
        let late = InitEvent::late(CloneFlags::FORK);
        for _ in 0..2 {
            assert_eq!(max_tasks(&Task::builder().shared(data.clone()).build(), &late), Ok(()));
        }
        assert_eq!(data.get::<TaskLimit>().map(|limit| limit.live.get()), Some(2));
    }
}
