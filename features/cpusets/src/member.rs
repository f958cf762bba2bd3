//! The watchers: who is in a set, since when, and who was the last.

use std::cell::Cell;
use std::rc::Rc;

use rustix::thread::{Pid, sched_getaffinity, sched_setaffinity};
use watchers::{CloneEvent, Errno, FreeEvent, Task, Tid, task_data, task_watcher};

use crate::{CpuList, Cpuset};

/// The members of one command's set.
#[derive(Debug)]
struct Members {
    /// The environment's set; that of a supervisor is its data.
    own: Option<Cpuset>,
    count: Cell<usize>,
}

/// One task's membership, from its `init` to its `free`.
#[derive(Debug)]
struct Member {
    all: Rc<Members>,
    left: Cell<bool>,
}

task_data! {
    /// A child shares its parent's set; a command has one of its own.
    static MEMBER: Result<Option<Member>, Errno> = |task, parent| match parent {
        Some(parent) => MEMBER.get(parent).as_ref().map_err(|errno| *errno).map(|member| {
            member.as_ref().map(|member| Member::join(&member.all))
        }),
        None => Members::of_root(task),
    };
}

impl Members {
    fn of_root(task: &Task) -> Result<Option<Member>, Errno> {
        let own = match task.data::<Cpuset>() {
            Some(_) => None,
            None => match Cpuset::of_environment().transpose()? {
                Some(set) => Some(set),
                None => return Ok(None),
            },
        };
        let all = Rc::new(Members { own, count: Cell::new(0) });
        Ok(Some(Member::join(&all)))
    }

    fn cpuset<'a>(&'a self, task: &'a Task) -> Option<&'a Cpuset> {
        self.own.as_ref().or_else(|| task.data())
    }
}

impl Member {
    fn join(all: &Rc<Members>) -> Member {
        all.count.set(all.count.get() + 1);
        Member { all: Rc::clone(all), left: Cell::new(false) }
    }
}

/// Refuses a command whose set has no processor.
#[task_watcher(init)]
fn cpusets_fork(task: &Task) -> Result<(), Errno> {
    let Some(member) = MEMBER.get(task).as_ref().map_err(|errno| *errno)? else { return Ok(()) };
    match member.all.cpuset(task) {
        Some(set) if task.parent_id().is_none() && !set.list().is_usable() => {
            eprintln!("cpusets: no processor of {} is online", set.list());
            Err(Errno::EINVAL)
        }
        _ => Ok(()),
    }
}

/// Places a task before it runs.
#[task_watcher(clone)]
fn cpusets_place(task: &Task, _clone: &CloneEvent) {
    if let (Ok(Some(member)), Some(tid)) = (MEMBER.get(task), task.tid())
        && let Some(set) = member.all.cpuset(task)
    {
        place(tid, set.list());
    }
}

/// Moves it unless the kernel has let it inherit a place inside. ESRCH, that it was killed, is no failure.
fn place(tid: Tid, list: &CpuList) {
    let Some(pid) = Pid::from_raw(tid.as_raw()) else { return };
    if sched_getaffinity(Some(pid)).is_ok_and(|inherited| list.holds(&inherited)) {
        return;
    }
    match sched_setaffinity(Some(pid), list.set()) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(error) => eprintln!("cpusets: {tid} is not on {list}: {error}"),
    }
}

/// Leaves the set; the last one releases it.
#[task_watcher(free)]
fn cpusets_exit(task: &Task, _free: &FreeEvent) {
    let Ok(Some(member)) = MEMBER.get(task) else { return };
    if member.left.replace(true) {
        return;
    }
    let left = member.all.count.get().saturating_sub(1);
    member.all.count.set(left);
    if left == 0
        && let Some(set) = member.all.cpuset(task)
    {
        set.release();
    }
}
