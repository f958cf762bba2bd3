//! Whether a task that was seized may still be in a fork that began before.
//!
//! KERNEL: whether a child is traced is decided when its fork begins, and no event is reported of one that began before the
//! creator was seized (kernel/fork.c `kernel_clone`). Such a child is in no list before it is made. So each task that was seized is in
//! doubt until it has been seen outside of that fork: then its child, if there is one, is in the list.

use std::collections::HashMap;

use watchers::{Pid, Tid};

use crate::arch;
use crate::proc::{self, Whereabouts};

/// More ticks in user mode than one that was counted there by mistake.
const TICKS: u64 = 2;

/// The tasks that are in doubt.
#[derive(Debug, Default)]
pub(crate) struct Doubts(HashMap<Tid, Doubt>);

/// What is known of a task that was seized.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    pid: Pid,
    /// Ticks in user mode, and in the kernel, when it was first looked at in vain.
    ticks: Option<(u64, u64)>,
}

impl Doubts {
    /// A thread of `pid` was seized.
    pub(crate) fn add(&mut self, tid: Tid, pid: Pid) {
        self.0.insert(tid, Doubt { pid, ticks: None });
    }

    /// It has stopped, or is dead. Whether it was in doubt.
    pub(crate) fn settle(&mut self, tid: Tid) -> bool {
        self.0.remove(&tid).is_some()
    }

    /// Looks at all of them. Whether there is one less.
    pub(crate) fn look(&mut self) -> bool {
        let before = self.0.len();
        self.0.retain(|tid, doubt| !doubt.is_settled(*tid));
        self.0.len() < before
    }

    /// Whether a task is in doubt.
    #[cold]
    pub(crate) fn contains(&self, tid: Tid) -> bool {
        self.0.contains_key(&tid)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Doubt {
    fn is_settled(&mut self, tid: Tid) -> bool {
        match proc::whereabouts(tid) {
            // It runs, or waits for a processor; or nobody says.
            Whereabouts::Unknown => self.has_computed(tid),
            Whereabouts::InCall { number, stack } => !arch::may_make_a_task(number, stack),
            Whereabouts::OutsideOfCalls | Whereabouts::Gone => true,
        }
    }

    fn has_computed(&mut self, tid: Tid) -> bool {
        let Some(now) = proc::ticks(self.pid, tid) else { return false };
        was_in_user_mode(*self.ticks.get_or_insert(now), now)
    }
}

/// Whether a task that does nothing but compute has been in user mode in between.
///
/// KERNEL: what /proc shows is the exact processor time, divided in the ratio of ticks that fell into user mode and into the kernel
/// (kernel/sched/cputime.c `cputime_adjust`): one that is in the kernel all the time adds to the second.
fn was_in_user_mode((user, system): (u64, u64), (user_now, system_now): (u64, u64)) -> bool {
    let (more_user, more_system) = (user_now.saturating_sub(user), system_now.saturating_sub(system));
    more_user >= TICKS && more_user > more_system
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computing_shows() {
        assert!(was_in_user_mode((10, 5), (12, 5)));
        assert!(was_in_user_mode((10, 5), (14, 6)));
        assert!(!was_in_user_mode((10, 5), (11, 5)), "a tick may be counted in the wrong place");
        assert!(!was_in_user_mode((10, 5), (12, 9)));
        assert!(!was_in_user_mode((10, 5), (10, 9)));
    }

    #[test]
    fn this_test_is_out_of_every_fork() {
        let pid = Pid::from_raw(std::process::id() as i32).unwrap();
        let tid = Tid::from_raw(rustix::thread::gettid().as_raw_pid()).unwrap();
        let mut doubts = Doubts::default();
        doubts.add(tid, pid);
        while !doubts.look() {
            std::hint::spin_loop();
        }
        assert!(doubts.is_empty() && !doubts.settle(tid));
    }
}
