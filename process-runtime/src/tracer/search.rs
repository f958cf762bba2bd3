//! Attaching to a tree that lives: everybody is seized who descends from a process, while they run and fork.
//!
//! ```text
//! census ─▶ family ─▶ threads ─▶ PTRACE_SEIZE ─▶ found ─▶ in doubt ─▶ seen outside of a fork ─▶ census …
//! ```
//!
//! It is SEIZE only, never INTERRUPT: nobody notices it. Children that are made by whoever was seized before are ours by themselves.
//! What may be missing is a child of a fork that began before (see `attach/doubt.rs`). So a task that was seized is in doubt until it
//! has been seen outside of that fork, and the census is taken again, until nobody is in doubt and the last one, begun after that,
//! finds nobody new.
//!
//! A task that computes, or waits for the child of a vfork, can be in doubt for long. The caller waits for a while only; after that the
//! search goes on in the loop, whenever nothing else is to be done.
//!
//! # Alternatives
//!
//! 1. PTRACE_INTERRUPT: says at once that a task is outside; and a call that waits answers EINTR, or begins its timeout anew.
//! 2. To stop everybody first (SIGSTOP, the freezer): parents see it, and it takes a cgroup.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use watchers::{Errno, Pid, Tid};

use super::Tracer;
use crate::attach::{Census, Doubts, Family, Obstacle, obstacle};
use crate::child::Progress;
use crate::error::Error;
use crate::notice::Notice;
use crate::proc::{self, Status};
use crate::stop::{Observed, Until};
use crate::sys::alarm::Alarm;
use crate::task::Root;

/// How long the caller waits for those in doubt.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two looks at them.
const PAUSE: Duration = Duration::from_millis(1);
/// How long one PTRACE_SEIZE may take before others get their turn.
const FOR_A_LEADER: Duration = Duration::from_millis(250);
const FOR_A_THREAD: Duration = Duration::from_millis(5);
/// How often somebody is tried who seems to be forbidden.
const ATTEMPTS: usize = 4;
/// So many stops are handled before the search has its turn again.
const MOST_STOPS: usize = 512;

/// A search for the tasks of a tree.
#[derive(Debug)]
pub(super) struct Search {
    root: Rc<Root>,
    doubts: Doubts,
    /// Somebody was seized, or found dead: nothing is refused any more.
    has_found: bool,
    /// The last census found nobody new, and nobody has been in doubt since it began who is not now.
    is_clean: bool,
    /// Those who cannot be seized, and were told of.
    left_out: HashSet<Tid>,
    alarm: Alarm,
}

/// What became of one task.
enum Seized {
    /// It is ours.
    Ours,
    /// It is a zombie whose process lives on.
    DeadLeader,
    /// It is ours already, and will stop for us as whoever is born.
    Born,
    /// It is dead, as its process is, or a thread that the kernel keeps in the process (io_uring).
    Nobody,
    /// It has ended meanwhile.
    Vanished,
    /// The kernel has made us wait for an exec, which may wait for us.
    Busy,
}

impl Tracer {
    /// Attaches to `pid` and all that descends from it, and tells `found` of each.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorKind::Attach`]: it cannot be seized. Nobody was told of anything.
    pub(crate) fn attach_tree(&mut self, pid: Pid, progress: Arc<Progress>) -> Result<(), Error> {
        let alarm = Alarm::set().map_err(|errno| Error::os("find a free real-time signal", errno))?;
        let root = Root::new(pid, self.interest.filtered(), progress);
        let (doubts, left_out) = (Doubts::default(), HashSet::new());
        self.search = Some(Search { root, doubts, has_found: false, is_clean: false, left_out, alarm });
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.search_on()?;
            let Some(search) = &self.search else { return Ok(()) };
            match Instant::now() > deadline {
                true if search.has_found => return Ok(()),
                true => return Err(Error::attach(pid, Obstacle::Busy)),
                false => self.handle_what_waits(),
            }
            // Without a doubt the next census can be taken at once.
            if self.search.as_ref().is_some_and(|search| !search.doubts.is_empty()) {
                thread::sleep(PAUSE);
            }
        }
    }

    /// One more look. Whether the search goes on.
    pub(super) fn search_on(&mut self) -> Result<bool, Error> {
        let Some(search) = &mut self.search else { return Ok(false) };
        search.is_clean &= !search.doubts.look();
        if !search.is_clean {
            // Whoever was seized may well be seen outside of a fork at once.
            self.search_once()?;
            if let Some(search) = &mut self.search {
                search.is_clean &= !search.doubts.look();
            }
        }
        let is_over = self.search.as_ref().is_none_or(|search| search.is_clean && search.doubts.is_empty());
        if is_over {
            self.search = None;
        }
        Ok(!is_over)
    }

    /// As [`search_on`](Self::search_on), while nothing else is to be done: after a pause.
    pub(super) fn search_on_in_the_loop(&mut self) -> bool {
        let goes_on = self.search_on().unwrap_or(false);
        if goes_on {
            thread::sleep(PAUSE);
        }
        goes_on
    }

    /// A task has stopped, or is dead: it is in no fork that we would not see.
    pub(super) fn settle_doubt(&mut self, tid: Tid) {
        if self.search.is_some() {
            self.settle_in_the_search(tid);
        }
    }

    #[cold]
    fn settle_in_the_search(&mut self, tid: Tid) {
        if let Some(search) = &mut self.search {
            search.is_clean &= !search.doubts.settle(tid);
        }
    }

    /// A task is about to die that was in doubt: its children, which the kernel lists as its own for the last time, are looked for.
    pub(super) fn search_before_death(&mut self, tid: Tid) {
        if self.search.as_ref().is_some_and(|search| search.doubts.contains(tid)) {
            // Somebody was found, so there is no error.
            let _ = self.search_once();
        }
    }

    /// Seizes whoever is in the family now.
    #[cold]
    fn search_once(&mut self) -> Result<(), Error> {
        let Some(mut search) = self.search.take() else { return Ok(()) };
        let searched = self.seize_family(&mut search);
        self.search = Some(search);
        searched
    }

    fn seize_family(&mut self, search: &mut Search) -> Result<(), Error> {
        // Whoever is in the table was not reaped by anybody, so that the pids are theirs. The first one's may be another's some day.
        let mut ancestors: Vec<Pid> = self.table.groups().map(|group| group.pid).collect();
        if !search.has_found {
            ancestors.push(search.root.pid);
        }
        let Family { members, is_torn } = Census::take().family(&ancestors, own_pid());
        search.is_clean = !is_torn;
        for pid in members {
            self.seize_process(search, pid)?;
        }
        search.is_clean &= self.bury_forsaken_leaders();
        if search.has_found || !search.is_clean {
            return Ok(());
        }
        Err(Error::attach(search.root.pid, obstacle_of_nobody(search.root.pid)))
    }

    /// The leader first: the others belong to it.
    fn seize_process(&mut self, search: &mut Search, pid: Pid) -> Result<(), Error> {
        let Some(leader) = Tid::from_raw(pid.as_raw()) else { return Ok(()) };
        let others = || proc::threads(pid).into_iter().filter(|tid| *tid != leader);
        for tid in [leader].into_iter().chain(others()) {
            let is_known = !self.table.is_unknown(tid) || self.table.is_stranger(tid);
            if is_known && !(tid == leader && self.is_replaced(tid)) || search.left_out.contains(&tid) {
                continue;
            }
            if tid != leader && self.table.get(leader).is_none() {
                break;
            }
            match seize(&search.alarm, pid, tid, self.interest.options()) {
                Ok(seized) => self.take_in(search, pid, tid, seized),
                Err(obstacle) if !search.has_found => return Err(Error::attach(pid, obstacle)),
                Err(obstacle) => {
                    search.left_out.insert(tid);
                    self.audience.notice(&Notice::LeftOut { tid, obstacle });
                }
            }
        }
        Ok(())
    }

    /// Nobody was waited for since it was seized.
    fn take_in(&mut self, search: &mut Search, pid: Pid, tid: Tid, seized: Seized) {
        let found = match seized {
            Seized::Ours => self.found(tid, pid, &search.root),
            Seized::DeadLeader => self.found_dead(tid, pid, &search.root),
            Seized::Vanished | Seized::Busy => None,
            Seized::Born | Seized::Nobody => return,
        };
        search.is_clean = false;
        search.has_found |= found.is_some();
        if let Some((tid, pid)) = found {
            search.doubts.add(tid, pid);
        }
    }

    /// Handles the stops of those who are seized already: one of them may be what somebody else waits for.
    fn handle_what_waits(&mut self) {
        for _ in 0..MOST_STOPS {
            let put_off = self.audience.origin.detours.take_put_off();
            match put_off.map(Observed::Stop).map_or_else(|| self.observe(Until::Now), Ok) {
                Ok(Observed::Stop(raw)) => self.handle_one(&raw),
                _ => return,
            }
        }
    }
}

/// Who was dead a moment ago may live again: a thread that calls exec takes the tid of its leader.
fn seize(alarm: &Alarm, pid: Pid, tid: Tid, options: i32) -> Result<Seized, Obstacle> {
    let first = seize_now(alarm, pid, tid, options);
    (1..ATTEMPTS).fold(first, |seized, _| match seized {
        Err(Obstacle::Forbidden { .. }) => seize_now(alarm, pid, tid, options),
        other => other,
    })
}

fn seize_now(alarm: &Alarm, pid: Pid, tid: Tid, options: i32) -> Result<Seized, Obstacle> {
    // As long as nobody of the process is ours, its exec does not wait for us.
    let patience = if tid.as_raw() == pid.as_raw() { FOR_A_LEADER } else { FOR_A_THREAD };
    match alarm.seize(tid, options, patience) {
        Ok(()) => Ok(Seized::Ours),
        Err(Errno::EINTR) => Ok(Seized::Busy),
        Err(Errno::ESRCH) => Ok(Seized::Vanished),
        Err(errno) => why_not(pid, tid, errno),
    }
}

/// KERNEL: PTRACE_SEIZE of a zombie gives EPERM (kernel/ptrace.c `ptrace_attach`).
fn why_not(pid: Pid, tid: Tid, errno: Errno) -> Result<Seized, Obstacle> {
    let Some(status) = Status::read(tid) else { return Ok(Seized::Vanished) };
    match status.is_dead() {
        true if tid.as_raw() != pid.as_raw() => Ok(Seized::Vanished),
        true if has_live_threads(pid) => Ok(Seized::DeadLeader),
        // A thread that called exec has its tid by now, and not the one that was listed.
        true if lives(tid) => Ok(Seized::Vanished),
        true => Ok(Seized::Nobody),
        false if tid.as_raw() != pid.as_raw() && proc::is_kernel_thread(tid) => Ok(Seized::Nobody),
        false if is_ours(&status) => Ok(Seized::Born),
        false => match obstacle(tid, errno) {
            Obstacle::Gone => Ok(Seized::Vanished),
            obstacle => Err(obstacle),
        },
    }
}

/// Whether anybody of a process lives; last its leader, whose tid somebody may have taken who was listed under another.
pub(super) fn is_alive(pid: Pid) -> bool {
    has_live_threads(pid) || Tid::from_raw(pid.as_raw()).is_some_and(lives)
}

/// Whether anybody is listed who lives.
fn has_live_threads(pid: Pid) -> bool {
    proc::threads(pid).into_iter().any(lives)
}

fn lives(tid: Tid) -> bool {
    Status::read(tid).is_some_and(|status| !status.is_dead())
}

/// Whether the calling thread traces it.
pub(super) fn is_ours(status: &Status) -> bool {
    status.tracer().is_some_and(|tracer| tracer.as_raw() == rustix::thread::gettid().as_raw_pid())
}

/// Why there is no such family.
fn obstacle_of_nobody(pid: Pid) -> Obstacle {
    let status = Tid::from_raw(pid.as_raw()).and_then(Status::read);
    match status.and_then(|status| status.pid()) {
        Some(process) if Some(process) == own_pid() => Obstacle::Own,
        Some(process) if process != pid => Obstacle::Thread { pid: process },
        _ => Obstacle::Gone,
    }
}

/// The process that we are, which nobody here can trace, and neither what it has made.
fn own_pid() -> Option<Pid> {
    Pid::from_raw(rustix::process::getpid().as_raw_nonzero().get())
}
