//! Engines are told of the entries of system calls, and say what becomes of them.

use std::rc::Rc;

use watchers::Task;

use super::Tracer;
use super::reports::{Scene, Told};
use crate::engine::{Asked, EngineEvent, Held, Moment, Next, Syscall, SyscallAction};
use crate::resume::Action;
use crate::syscall::Entry;
use crate::task::StoppedBy;
use crate::tracee::Stopped;

impl Tracer {
    /// A task enters a system call. After a stop here the engines are asked again if somebody wants that.
    pub(super) fn report_entry(
        &mut self,
        stopped: &Stopped,
        task: &Rc<Task>,
        entry: &Entry,
        asked: Asked,
    ) -> Action {
        let scene = Scene::of(task, stopped.tid());
        let event = EngineEvent::SyscallEntry;
        let told =
            self.tell_event(&scene, event, SyscallAction::Run, Moment::AtOnce, |engine, at, action| {
                let answer = engine.report_syscall_entry(at, &Syscall::new(entry, *action, asked));
                *action = answer.call;
                answer.resume
            });
        match told {
            Some(Told { next: Next::Stay, action, .. }) => {
                self.engines.with(task.id(), |seat| {
                    seat.stays = true;
                    seat.held = Some(Held::Entry(action));
                });
                Action::Continue(None)
            }
            told => self.conclude_entry(stopped, told.map_or(SyscallAction::Run, |told| told.action)),
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

    /// Nobody holds it at the entry any more.
    pub(super) fn enter_after_a_stop(&mut self, stopped: &Stopped, call: SyscallAction) -> Action {
        let Some(task) = self.table.get(stopped.tid()).map(|record| record.task.clone()) else {
            return Action::Continue(None);
        };
        let asked = self.engines.with(task.id(), |seat| seat.list.take_report()).unwrap_or(false);
        match stopped.entry() {
            Some(entry) if asked => self.report_entry(stopped, &task, &entry, Asked::Again),
            _ => self.conclude_entry(stopped, call),
        }
    }
}
