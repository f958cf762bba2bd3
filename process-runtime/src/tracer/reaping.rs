//! The end of engines: DEATH, and REAP when the task's parent has reaped it.

use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};
use watchers::{ExitEvent, ExitStatus, Task, TaskId, Tid};

use super::Tracer;
use super::reports::Scene;
use crate::engine::{Dead, Death, EngineEvent, Moment, ResumeAction, Seat};
use crate::proc;
use crate::zombies::Zombies;

/// Dead tasks with engines, whose parents have not reaped them.
#[derive(Debug, Default)]
pub(super) struct Unreaped {
    tasks: Vec<(Rc<Task>, OwnedFd)>,
    zombies: Option<Zombies>,
}

impl Unreaped {
    /// For whoever changes what tasks have.
    pub(super) fn tasks_mut(&mut self) -> impl Iterator<Item = &mut Rc<Task>> {
        self.tasks.iter_mut().map(|(task, _)| task)
    }
}

impl Tracer {
    /// It is about to die: what its death and its end will be asked for, and is there only as long as it is.
    pub(super) fn prepare_for_the_end(&mut self, task: &Task, tid: Tid) {
        let wants = |seat: &mut Seat| seat.list.wants(EngineEvent::Death | EngineEvent::Quiesce);
        if self.engines.with(task.id(), wants) == Some(true) {
            let exit_signal = proc::exit_signal(tid);
            self.engines.with(task.id(), |seat| seat.exited.exit_signal = exit_signal);
        }
        if self.engines.with(task.id(), |seat| seat.list.wants(EngineEvent::Reap)) == Some(true) {
            let pidfd = pidfd_of(tid);
            self.engines.with(task.id(), |seat| seat.pidfd = pidfd);
        }
    }

    /// Its exit was told, as that of the last of its process, or not.
    pub(super) fn has_exited(&self, task: &Task, exit: &ExitEvent) {
        if !self.engines.is_unused() {
            self.engines.with(task.id(), |seat| seat.exited.is_last = exit.group_dead);
        }
    }

    /// DEATH, and REAP if nobody has to reap it any more.
    pub(super) fn report_death(&mut self, task: &Rc<Task>, status: ExitStatus, of: Dead) {
        if !self.engines.is_unused() {
            self.report_death_to_engines(task, status, of);
        }
    }

    #[cold]
    fn report_death_to_engines(&mut self, task: &Rc<Task>, status: ExitStatus, of: Dead) {
        let begin = |seat: &mut Seat| {
            seat.dies();
            seat.exited
        };
        let Some(exited) = self.engines.with(task.id(), begin) else { return };
        let death = Death::new(status, exited, of);
        let scene = Scene::of_the_dead(task);
        self.tell_event(&scene, EngineEvent::Death, (), Moment::Dead, |engine, at, ()| {
            engine.report_death(at, &death)
        });
        self.engines.with(task.id(), |seat| seat.list.is_dead());
        if of != Dead::Leader || !self.await_reaping(task) {
            self.report_reap(task);
        }
    }

    /// Whether somebody is told of its reaping and it is still to come.
    fn await_reaping(&mut self, task: &Rc<Task>) -> bool {
        let late = |seat: &mut Seat| match seat.list.wants(EngineEvent::Reap) {
            true => seat.pidfd.take().or_else(|| pidfd_of(seat.tid)),
            false => None,
        };
        let Some(pidfd) = self.engines.with(task.id(), late).flatten() else { return false };
        if is_reaped(&pidfd) {
            return false;
        }
        let Some(line) = self.engines.line() else { return false };
        if self.unreaped.zombies.is_none() {
            self.unreaped.zombies = Zombies::start(line).ok();
        }
        let Some(zombies) = &self.unreaped.zombies else { return false };
        let is_watched = zombies.watch(&pidfd, task.id()).is_ok();
        if is_watched {
            self.unreaped.tasks.push((task.clone(), pidfd));
        }
        is_watched
    }

    /// Its parent has reaped it.
    pub(crate) fn was_reaped(&mut self, task: TaskId) {
        if let Some(at) = self.unreaped.tasks.iter().position(|(other, _)| other.id() == task) {
            let (task, _) = self.unreaped.tasks.swap_remove(at);
            self.report_reap(&task);
        }
    }

    /// Nobody waits for parents any more.
    pub(super) fn stop_waiting_for_parents(&mut self) {
        for (task, _) in std::mem::take(&mut self.unreaped.tasks) {
            self.report_reap(&task);
        }
    }

    /// REAP, and the end of all attachments.
    fn report_reap(&mut self, task: &Rc<Task>) {
        self.engines.with(task.id(), |seat| seat.list.is_reaped());
        let scene = Scene::of_the_dead(task);
        self.tell_event(&scene, EngineEvent::Reap, (), Moment::Dead, |engine, at, ()| {
            engine.report_reap(at.task());
            ResumeAction::Detach
        });
        self.engines.with(task.id(), |seat| seat.list.end());
        self.engines.forget_if_empty(task.id());
    }
}

/// Whether nobody has to wait for it any more. KERNEL: the pidfd hangs up then, since 6.9.
fn is_reaped(pidfd: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(pidfd, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut polled, Some(&now)).is_ok() && polled.iter().any(|fd| fd.revents().contains(PollFlags::HUP))
}

/// None: it is a thread, or gone.
fn pidfd_of(tid: Tid) -> Option<OwnedFd> {
    pidfd_open(rustix::process::Pid::from_raw(tid.as_raw())?, PidfdFlags::empty()).ok()
}
