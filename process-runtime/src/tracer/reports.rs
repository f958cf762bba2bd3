//! Stage 5 for engines: they are told at the same stops as watchers, after these; at the entry of a system call before
//! them, as an engine may have the call not made.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Instant;

use watchers::{CloneFlags, ExitStatus, Signal, Task, Tid};

use super::Tracer;
use crate::engine::{
    Asked, Callback, Engine, EngineEvent, EngineId, Guest, JobChange, JobControl, Moment, Next, Pass, Report,
    ResumeAction, Standing,
};
use crate::notice::Notice;
use crate::panicked::message;
use crate::resume::Action;
use crate::syscall::Call;
use crate::task::{Change, StoppedBy};
use crate::tracee::Stopped;

/// A stopped task, and whoever can be looked at with it.
pub(super) struct Scene<'s> {
    task: &'s Rc<Task>,
    stopped: [Option<Tid>; 2],
}

/// What has come of a report.
pub(super) struct Told<A> {
    /// How the task goes on.
    pub(super) next: Next,
    /// What the engines have asked for together.
    pub(super) wanted: ResumeAction,
    /// What becomes of the event itself.
    pub(super) action: A,
}

impl Tracer {
    /// Stage 4 and 5, for a task that may have engines.
    pub(super) fn translate_for_engines(&mut self, stopped: &Stopped, change: Change) -> Action {
        let Some((task, before)) = self.arrive(stopped, &change) else {
            return self.translate(stopped, change);
        };
        match change {
            Change::Entering { entry, stopped_by: StoppedBy::AnyCall } => {
                self.report_entry(stopped, &task, &entry, Asked::First)
            }
            Change::Signal(signal) => self.report_signal(stopped, &task, signal),
            change => {
                if matches!(change, Change::Exiting(_)) {
                    self.prepare_for_the_end(&task, stopped.tid());
                }
                let reported = self.reported(stopped, &task, &change, before);
                let action = self.translate(stopped, change);
                if let Some(reported) = reported {
                    self.report(&task, stopped.tid(), reported);
                }
                action
            }
        }
    }

    /// What the change is to engines, of a task that stood so before it.
    fn reported(
        &self,
        stopped: &Stopped,
        task: &Rc<Task>,
        change: &Change,
        before: Standing,
    ) -> Option<Reported> {
        let job_control = |change, signal| {
            let n_members = self.table.get(stopped.tid()).map_or(1, |record| record.group.members.get());
            Some(Reported::JobControl(JobControl::new(change, signal, n_members)))
        };
        let is_told_again = |task: &Rc<Task>| self.engines.with(task.id(), |seat| seat.is_told_again);
        match change {
            Change::GroupStop if is_told_again(task) == Some(true) => None,
            Change::Exec { .. } => Some(Reported::Exec),
            Change::Exiting(status) => Some(Reported::Exit(*status)),
            Change::Leaving { result } => Some(Reported::SyscallExit(*result)),
            Change::GroupStop => job_control(JobChange::Stopped, stopped.group_stop()?),
            Change::Trapped if before == Standing::JobStopped => {
                job_control(JobChange::Continued, Signal::SIGCONT)
            }
            _ => None,
        }
    }

    /// Of what has happened already.
    fn report(&mut self, task: &Rc<Task>, tid: Tid, reported: Reported) {
        let scene = Scene::of(task, tid);
        let moment = match reported {
            // It was killed: nobody can hold it.
            Reported::Exit(status) if status.signal() == Some(Signal::SIGKILL) => Moment::Dead,
            Reported::Exit(_) => Moment::AtOnce,
            _ => Moment::Later,
        };
        let told = self.tell_event(&scene, reported.event(), (), moment, |engine, at, ()| match reported {
            Reported::Exec => engine.report_exec(at),
            Reported::Exit(status) => engine.report_exit(at, status),
            Reported::SyscallExit(result) => engine.report_syscall_exit(at, result),
            Reported::JobControl(change) => engine.report_jctl(at, change),
        });
        if told.is_some_and(|told| told.next == Next::Stay) {
            self.engines.with(task.id(), |seat| seat.stays = true);
        }
    }

    /// A task has made another one; both are stopped, if the creator has lived to report it.
    ///
    /// KERNEL: a vfork's creator stops for its event before it waits for the child (kernel/fork.c `kernel_clone`).
    pub(super) fn report_clone(&mut self, child: &Task, flags: CloneFlags, stopped: [Option<Tid>; 2]) {
        if !self.engines.is_unused() {
            self.report_clone_to_engines(child, flags, stopped);
        }
    }

    #[cold]
    fn report_clone_to_engines(&mut self, child: &Task, flags: CloneFlags, stopped: [Option<Tid>; 2]) {
        let Some(creator) = child.parent() else { return };
        let moment = match stopped {
            [_, None] => Moment::Dead,
            _ if flags.contains(CloneFlags::CLONE_VFORK) => Moment::AtOnce,
            _ => Moment::Later,
        };
        let scene = Scene { task: &creator, stopped };
        let told = self.tell_event(&scene, EngineEvent::Clone, (), moment, |engine, at, ()| {
            engine.report_clone(at, child, flags)
        });
        if told.is_some_and(|told| told.next == Next::Stay) {
            self.engines.with(creator.id(), |seat| seat.stays = true);
        }
    }

    /// Before user mode: only whoever wants QUIESCE is called.
    pub(super) fn report_quiet(&mut self, task: &Rc<Task>, tid: Tid) -> Next {
        let scene = Scene::of(task, tid);
        let told = self.tell_engines(&scene, None, (), Moment::UserMode, |engine, at, (), _| {
            engine.report_quiesce(at, None)
        });
        told.map_or(Next::Go, |told| told.next)
    }

    /// One report of an event to all engines of a task. None: nobody wants it.
    pub(super) fn tell_event<A: Copy>(
        &mut self,
        scene: &Scene<'_>,
        event: EngineEvent,
        action: A,
        moment: Moment,
        mut call: impl FnMut(&mut dyn Engine, &mut Report<'_>, &mut A) -> ResumeAction,
    ) -> Option<Told<A>> {
        self.tell_engines(scene, Some(event), action, moment, |engine, at, action, callback| match callback {
            Callback::Quiesce => engine.report_quiesce(at, Some(event)),
            Callback::Event => call(engine, at, action),
        })
    }

    /// One report to all engines of a task. None: nobody wants it.
    pub(super) fn tell_engines<A: Copy>(
        &mut self,
        scene: &Scene<'_>,
        event: Option<EngineEvent>,
        action: A,
        moment: Moment,
        mut call: impl FnMut(&mut dyn Engine, &mut Report<'_>, &mut A, Callback) -> ResumeAction,
    ) -> Option<Told<A>> {
        let engines = Rc::clone(&self.engines);
        let task = scene.task.id();
        let mut pass = engines.with(task, |seat| seat.list.begin(event, action))??;
        self.audience.origin.hold(scene.stopped);
        while let Some((id, callback)) = engines.with(task, |seat| seat.list.next(&mut pass)).flatten() {
            let Some(mut guest) = engines.with(task, |seat| seat.list.take(id)).flatten() else { continue };
            let answer = self.tell_engine(scene, id, &mut guest, &mut pass, |engine, at, action| {
                call(engine, at, action, callback)
            });
            engines.with(task, |seat| {
                seat.list.answered(&mut pass, id, answer);
                seat.list.give_back(id, guest);
            });
        }
        self.audience.origin.hold([None; 2]);
        let next = engines.with(task, |seat| seat.list.finish(&pass, moment))?;
        Some(Told { next, wanted: pass.so_far(), action: pass.action })
    }

    /// One callback of one engine. One that panics is detached.
    fn tell_engine<A>(
        &mut self,
        scene: &Scene<'_>,
        id: EngineId,
        guest: &mut Guest,
        pass: &mut Pass<A>,
        call: impl FnOnce(&mut dyn Engine, &mut Report<'_>, &mut A) -> ResumeAction,
    ) -> ResumeAction {
        let Some((me, before)) = self.engines.engine(scene.task.id(), id) else {
            return ResumeAction::Resume;
        };
        let mut at = Report::new(scene.task, &me, pass.so_far(), before);
        let engine = &mut *guest.engine;
        let since = self.audience.patience.map(|patience| (patience, Instant::now()));
        let called = catch_unwind(AssertUnwindSafe(|| call(engine, &mut at, &mut pass.action)));
        let (engine, tid) = (guest.name, scene.task.tid());
        if let Some((patience, since)) = since
            && since.elapsed() > patience
        {
            self.audience.notice(&Notice::EngineSlow { engine, took: since.elapsed(), tid });
        }
        called.unwrap_or_else(|panic| {
            let message = message(panic);
            self.audience.notice(&Notice::EnginePanicked { engine, message, tid });
            ResumeAction::Detach
        })
    }
}

/// What engines are told of after watchers.
#[derive(Clone, Copy, Debug)]
enum Reported {
    Exec,
    Exit(ExitStatus),
    SyscallExit(i64),
    JobControl(JobControl),
}

impl Reported {
    fn event(self) -> EngineEvent {
        match self {
            Reported::Exec => EngineEvent::Exec,
            Reported::Exit(_) => EngineEvent::Exit,
            Reported::SyscallExit(_) => EngineEvent::SyscallExit,
            Reported::JobControl(_) => EngineEvent::Jctl,
        }
    }
}

impl<'s> Scene<'s> {
    /// Of a task that is stopped.
    pub(super) fn of(task: &'s Rc<Task>, tid: Tid) -> Scene<'s> {
        Scene { task, stopped: [Some(tid), None] }
    }

    /// Of a task that is dead.
    pub(super) fn of_the_dead(task: &'s Rc<Task>) -> Scene<'s> {
        Scene { task, stopped: [None; 2] }
    }
}

/// A call that waited, and that nobody was meant to notice the end of, is made again.
pub(super) fn restart(stopped: &Stopped) {
    if stopped.interrupted_call() == Some(Call::Wait) {
        // ESRCH: it was killed.
        let _ = stopped.restart_call();
    }
}
