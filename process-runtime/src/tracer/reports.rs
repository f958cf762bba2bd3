//! Stage 5 for engines: they are told at the same stops as watchers, after these; at the entry of a system call before
//! them, as an engine may have the call not made.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Instant;

use watchers::{CloneFlags, ExitStatus, Signal, Task, Tid};

use super::Tracer;
use crate::deliver::message;
use crate::engine::{
    Asked, Callback, Death, Dispositions, Engine, EngineEvent, EngineId, Guest, Held, JobControl, Moment,
    Next, Pass, Report, ResumeAction, Seat, SignalAction, SignalReport, Standing, Syscall, SyscallAction,
};
use crate::notice::Notice;
use crate::proc::Status;
use crate::resume::Action;
use crate::syscall::{Call, Entry};
use crate::task::{Change, StoppedBy};
use crate::tracee::Stopped;

/// A stopped task, and whoever can be looked at with it.
struct Scene<'s> {
    task: &'s Rc<Task>,
    stopped: [Option<Tid>; 2],
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
                let reported = Reported::of(&change, before);
                let action = self.translate(stopped, change);
                if let Some(reported) = reported {
                    self.report(&task, stopped.tid(), reported);
                }
                action
            }
        }
    }

    /// Of what has happened already.
    fn report(&mut self, task: &Rc<Task>, tid: Tid, reported: Reported) {
        let scene = Scene { task, stopped: [Some(tid), None] };
        let moment = match reported {
            // It was killed: nobody can hold it.
            Reported::Exit(status) if status.signal() == Some(Signal::SIGKILL) => Moment::Dead,
            Reported::Exit(_) => Moment::AtOnce,
            _ => Moment::Later,
        };
        let next =
            self.tell_engines(&scene, Some(reported.event()), (), moment, |engine, at, ()| match reported {
                Reported::Exec => engine.report_exec(at),
                Reported::Exit(status) => engine.report_exit(at, status),
                Reported::SyscallExit(result) => engine.report_syscall_exit(at, result),
                Reported::JobControl(change) => engine.report_jctl(at, change),
            });
        if let Some((Next::Stay, ())) = next {
            self.engines.with(task.id(), |seat| seat.stays = true);
        }
    }

    /// A task has made another one; both are stopped, if the creator has lived to report it.
    ///
    /// KERNEL: a vfork's creator stops for its event before it waits for the child (kernel/fork.c `kernel_clone`).
    pub(super) fn report_clone(&mut self, child: &Task, flags: CloneFlags, stopped: [Option<Tid>; 2]) {
        let Some(creator) = child.parent().filter(|_| !self.engines.is_unused()) else { return };
        let moment = match stopped {
            [_, None] => Moment::Dead,
            _ if flags.contains(CloneFlags::CLONE_VFORK) => Moment::AtOnce,
            _ => Moment::Later,
        };
        let scene = Scene { task: &creator, stopped };
        let event = Some(EngineEvent::Clone);
        let next = self
            .tell_engines(&scene, event, (), moment, |engine, at, ()| engine.report_clone(at, child, flags));
        if let Some((Next::Stay, ())) = next {
            self.engines.with(creator.id(), |seat| seat.stays = true);
        }
    }

    /// DEATH, REAP, and the end of all attachments.
    pub(super) fn report_death(&mut self, task: &Rc<Task>, status: ExitStatus) {
        let begin = |seat: &mut Seat| seat.list.dies();
        if self.engines.is_unused() || self.engines.with(task.id(), begin).is_none() {
            return;
        }
        let scene = Scene { task, stopped: [None; 2] };
        let death = Death::new(status);
        self.tell_engines(&scene, Some(EngineEvent::Death), (), Moment::Dead, |engine, at, ()| {
            engine.report_death(at, &death)
        });
        self.engines.with(task.id(), |seat| {
            seat.list.is_dead();
            seat.list.is_reaped();
        });
        self.tell_engines(&scene, Some(EngineEvent::Reap), (), Moment::Dead, |engine, at, ()| {
            engine.report_reap(at.task());
            ResumeAction::Detach
        });
        self.engines.with(task.id(), |seat| seat.list.end());
        self.engines.forget_if_empty(task.id());
    }

    /// A task enters a system call. After a stop here the engines are asked again if somebody wants that.
    pub(super) fn report_entry(
        &mut self,
        stopped: &Stopped,
        task: &Rc<Task>,
        entry: &Entry,
        asked: Asked,
    ) -> Action {
        let scene = Scene { task, stopped: [Some(stopped.tid()), None] };
        let event = Some(EngineEvent::SyscallEntry);
        let told =
            self.tell_engines(&scene, event, SyscallAction::Run, Moment::AtOnce, |engine, at, action| {
                let answer = engine.report_syscall_entry(at, &Syscall::new(entry, *action, asked));
                *action = answer.call;
                answer.resume
            });
        match told {
            Some((Next::Stay, call)) => {
                self.engines.with(task.id(), |seat| {
                    seat.stays = true;
                    seat.held = Some(Held::Entry(call));
                });
                Action::Continue(None)
            }
            told => self.conclude_entry(stopped, told.map_or(SyscallAction::Run, |(_, call)| call)),
        }
    }

    /// The engines have decided. Watchers see the call as it is going to be made.
    pub(super) fn conclude_entry(&mut self, stopped: &Stopped, call: SyscallAction) -> Action {
        match call {
            SyscallAction::Abort(result) => {
                // ESRCH: it was killed.
                let _ = stopped.answer_call(result);
                Action::ToSyscallStop(None)
            }
            SyscallAction::Run => match stopped.entry() {
                Some(entry) => self.enter(stopped, &entry, StoppedBy::AnyCall),
                None => Action::Continue(None),
            },
        }
    }

    /// A signal is about to be delivered. A report that is due comes first.
    pub(super) fn report_signal(&mut self, stopped: &Stopped, task: &Rc<Task>, signal: Signal) -> Action {
        let is_due = self.engines.with(task.id(), |seat| seat.list.is_report_due()).unwrap_or(false);
        if is_due {
            self.engines.with(task.id(), |seat| seat.list.take_due());
            if self.report_quiet(task, stopped.tid()) == Next::Stay {
                self.engines.with(task.id(), |seat| {
                    seat.stays = true;
                    seat.held = Some(Held::Signal(signal));
                });
                return Action::Continue(None);
            }
        }
        let arranged = dispositions(stopped.tid());
        let is_of_a_step = signal == Signal::SIGTRAP && self.has_stepped(stopped, task);
        let action = if is_of_a_step { SignalAction::Ign } else { arranged.action(signal) };
        let (signal_now, action_now) = self.ask_of_signal(stopped, task, (signal, action), arranged);
        match arranged.delivered(signal_now, action_now) {
            // What nobody has changed is handed on as it came.
            _ if (signal_now, action_now) == (signal, arranged.action(signal)) => {
                self.deliver_signal(stopped, signal)
            }
            None => {
                restart(stopped);
                self.hand_on(stopped, None)
            }
            delivered => self.hand_on(stopped, delivered),
        }
    }

    /// Whether a SIGTRAP comes of a step that an engine has asked for, and that has not been seen yet.
    fn has_stepped(&self, stopped: &Stopped, task: &Rc<Task>) -> bool {
        stopped.has_stepped()
            && self.engines.with(task.id(), |seat| std::mem::take(&mut seat.steps)).unwrap_or(false)
    }

    fn ask_of_signal(
        &mut self,
        stopped: &Stopped,
        task: &Rc<Task>,
        first: (Signal, SignalAction),
        arranged: Dispositions,
    ) -> (Signal, SignalAction) {
        let scene = Scene { task, stopped: [Some(stopped.tid()), None] };
        let event = arranged.event(first.0);
        let told =
            self.tell_engines(&scene, Some(event), first, Moment::Signal, |engine, at, (signal, action)| {
                let answer = engine.report_signal(at, &SignalReport::new(*signal, event, *action));
                (*signal, *action) = (answer.signal, answer.action);
                answer.resume
            });
        told.map_or(first, |(_, last)| last)
    }

    /// Before user mode: only whoever wants QUIESCE is called.
    pub(super) fn report_quiet(&mut self, task: &Rc<Task>, tid: Tid) -> Next {
        let scene = Scene { task, stopped: [Some(tid), None] };
        let told = self.tell_engines(&scene, None, (), Moment::UserMode, |_, at, ()| at.unchanged());
        told.map_or(Next::Go, |(next, ())| next)
    }

    /// One report to all engines of a task. None: nobody wants it.
    fn tell_engines<A: Copy>(
        &mut self,
        scene: &Scene<'_>,
        event: Option<EngineEvent>,
        action: A,
        moment: Moment,
        mut call: impl FnMut(&mut dyn Engine, &mut Report<'_>, &mut A) -> ResumeAction,
    ) -> Option<(Next, A)> {
        let engines = Rc::clone(&self.engines);
        let task = scene.task.id();
        let mut pass = engines.with(task, |seat| seat.list.begin(event, action))??;
        self.audience.origin.hold(scene.stopped);
        while let Some((id, callback)) = engines.with(task, |seat| seat.list.next(&mut pass)).flatten() {
            let Some(mut guest) = engines.with(task, |seat| seat.list.take(id)).flatten() else { continue };
            let answer = self.tell_engine(scene, id, &mut guest, (callback, &mut pass), &mut call);
            engines.with(task, |seat| {
                seat.list.answered(&mut pass, id, answer);
                seat.list.give_back(id, guest);
            });
        }
        self.audience.origin.hold([None; 2]);
        let next = engines.with(task, |seat| seat.list.finish(&pass, moment))?;
        Some((next, pass.action))
    }

    /// One callback of one engine. One that panics is detached.
    fn tell_engine<A>(
        &mut self,
        scene: &Scene<'_>,
        id: EngineId,
        guest: &mut Guest,
        (callback, pass): (Callback, &mut Pass<A>),
        call: &mut impl FnMut(&mut dyn Engine, &mut Report<'_>, &mut A) -> ResumeAction,
    ) -> ResumeAction {
        let Some((me, before)) = self.engines.engine(scene.task.id(), id) else {
            return ResumeAction::Resume;
        };
        let mut at = Report::new(scene.task, &me, pass.so_far(), before);
        let event = pass.event();
        let engine = &mut *guest.engine;
        let since = self.patience.map(|patience| (patience, Instant::now()));
        let called = catch_unwind(AssertUnwindSafe(|| match callback {
            Callback::Quiesce => engine.report_quiesce(&mut at, event),
            Callback::Event => call(engine, &mut at, &mut pass.action),
        }));
        let (engine, tid) = (guest.name, scene.task.tid());
        if let Some((patience, since)) = since
            && since.elapsed() > patience
        {
            self.audience.notice(&Notice::EngineSlow { engine, took: since.elapsed(), tid });
        }
        called.unwrap_or_else(|panic| {
            let message = message(panic.as_ref());
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
    /// What the change is to engines, of a task that stood so before it.
    fn of(change: &Change, before: Standing) -> Option<Reported> {
        match change {
            Change::Exec { .. } => Some(Reported::Exec),
            Change::Exiting(status) => Some(Reported::Exit(*status)),
            Change::Leaving { result } => Some(Reported::SyscallExit(*result)),
            Change::GroupStop => Some(Reported::JobControl(JobControl::Stopped)),
            Change::Trapped if before == Standing::JobStopped => {
                Some(Reported::JobControl(JobControl::Continued))
            }
            _ => None,
        }
    }

    fn event(self) -> EngineEvent {
        match self {
            Reported::Exec => EngineEvent::Exec,
            Reported::Exit(_) => EngineEvent::Exit,
            Reported::SyscallExit(_) => EngineEvent::SyscallExit,
            Reported::JobControl(_) => EngineEvent::Jctl,
        }
    }
}

/// What the program has arranged for signals.
fn dispositions(tid: Tid) -> Dispositions {
    let status = Status::read(tid);
    status.map_or(Dispositions::default(), |status| Dispositions {
        ignored: status.ignored(),
        caught: status.caught(),
    })
}

/// A call that waited, and that nobody was meant to notice the end of, is made again.
pub(super) fn restart(stopped: &Stopped) {
    if stopped.interrupted_call() == Some(Call::Wait) {
        // ESRCH: it was killed.
        let _ = stopped.restart_call();
    }
}
