//! Engines are told of signals, and of the moments at which they can make one.

use std::rc::Rc;

use watchers::{Signal, Task};

use super::Tracer;
use super::reports::{Scene, Told, restart};
use crate::engine::{
    Delivery, Dispositions, Due, Held, Moment, Next, Owed, Place, ResumeAction, Said, Seat, SignalAction,
    SignalReport,
};
use crate::proc::Status;
use crate::resume::Action;
use crate::tracee::Stopped;

impl Tracer {
    /// A signal is about to be delivered, or it looks so. A report that is due comes first.
    pub(super) fn report_signal(&mut self, stopped: &Stopped, task: &Rc<Task>, signal: Signal) -> Action {
        if signal == Signal::SIGTRAP && self.has_entered_a_handler(stopped, task) {
            return self.hand_on(stopped, None);
        }
        let said = Said { action: SignalAction::Deliver, info: stopped.siginfo() };
        if let Some(Owed { said, wanted, .. }) = self.take_owed(task, said.info) {
            return self.deliver_what_was_said(stopped, task, (said, wanted), dispositions(stopped));
        }
        let is_due = |seat: &mut Seat| seat.list.is_report_due() || seat.list.has_fresh();
        if self.engines.with(task.id(), is_due).unwrap_or(false)
            && self.report_before(stopped, task) == Next::Stay
        {
            self.engines.with(task.id(), |seat| {
                seat.stays = true;
                seat.held = Some(Held::Signal(signal));
            });
            return Action::Continue(None);
        }
        self.report_delivery(stopped, task, signal, said)
    }

    /// Before a signal. What a report makes here comes after that one.
    fn report_before(&mut self, stopped: &Stopped, task: &Rc<Task>) -> Next {
        self.engines.with(task.id(), |seat| seat.list.take_due());
        self.audience.origin.set_delivering(true);
        let next = self.report_without_signal(stopped, task, SignalAction::Report);
        self.audience.origin.set_delivering(false);
        next
    }

    fn report_delivery(&mut self, stopped: &Stopped, task: &Rc<Task>, signal: Signal, came: Said) -> Action {
        let arranged = dispositions(stopped);
        let is_of_a_step = signal == Signal::SIGTRAP && self.has_stepped(stopped, task);
        let by_itself = arranged.action(signal);
        let first = Said { action: if is_of_a_step { SignalAction::Ign } else { by_itself }, ..came };
        let (said, wanted) = self.ask_of_signal(stopped, task, signal, (first, arranged));
        // What nobody has changed is handed on as it came.
        if said == (Said { action: by_itself, ..came }) {
            self.prepare_for_a_handler(task, wanted, arranged.catches(signal));
            return self.deliver_signal(stopped, signal);
        }
        self.deliver_what_was_said(stopped, task, (said, wanted), arranged)
    }

    fn deliver_what_was_said(
        &mut self,
        stopped: &Stopped,
        task: &Rc<Task>,
        (said, wanted): (Said, ResumeAction),
        arranged: Dispositions,
    ) -> Action {
        let action = self.deliver(stopped, task, said, arranged);
        let delivered = said.info.map(|info| arranged.delivery(info.signal(), said.action));
        let is_caught = matches!(delivered, Some(Delivery::Of(signal)) if arranged.catches(signal));
        self.prepare_for_a_handler(task, wanted, is_caught);
        action
    }

    /// If something is wanted where a handler runs, it is stepped into, and reported there.
    fn prepare_for_a_handler(&self, task: &Task, wanted: ResumeAction, is_caught: bool) {
        if !is_caught {
            return;
        }
        self.engines.with(task.id(), |seat| {
            if wanted < ResumeAction::Resume || seat.list.is_something_due() {
                seat.place = Place::IntoHandler;
            }
        });
    }

    fn ask_of_signal(
        &mut self,
        stopped: &Stopped,
        task: &Rc<Task>,
        signal: Signal,
        (first, arranged): (Said, Dispositions),
    ) -> (Said, ResumeAction) {
        let scene = Scene::of(task, stopped.tid());
        let event = Some(arranged.event(signal));
        self.audience.origin.set_delivering(true);
        let told = self.tell_engines(&scene, event, first, Moment::Signal, |engine, at, said, _| {
            let answer = engine.report_signal(at, &SignalReport::new(event, *said));
            *said = Said { action: answer.action, info: answer.info };
            answer.resume
        });
        self.audience.origin.set_delivering(false);
        told.map_or((first, ResumeAction::Resume), |told| (told.action, told.wanted))
    }

    /// The task is about to be in user mode, and there is no signal; but there is one if engines make it.
    fn report_without_signal(&mut self, stopped: &Stopped, task: &Rc<Task>, why: SignalAction) -> Next {
        let scene = Scene::of(task, stopped.tid());
        let nothing = Said { action: why, info: None };
        let told = self.tell_engines(&scene, None, nothing, Moment::UserMode, |engine, at, said, _| {
            let answer = engine.report_signal(at, &SignalReport::new(None, *said));
            *said = Said { action: answer.action, info: answer.info };
            answer.resume
        });
        let Some(Told { next, action: said, wanted }) = told else { return Next::Go };
        self.invent(task, stopped.tid(), said, wanted);
        next
    }

    /// What was asked for before user mode.
    pub(super) fn report_due(&mut self, stopped: &Stopped, task: &Rc<Task>, due: Due) -> Next {
        match due {
            Due::Nothing => Next::Go,
            Due::Step(step) => Next::Step(step),
            Due::Report => self.report_quiet(task, stopped.tid()),
            Due::Interrupt => self.report_without_signal(stopped, task, SignalAction::Report),
            Due::Handler => self.report_without_signal(stopped, task, SignalAction::Handler),
        }
    }

    /// Whether the task was stepped into a handler and stands there: that is reported before it is in user mode.
    fn has_entered_a_handler(&self, stopped: &Stopped, task: &Task) -> bool {
        let entered = self.engines.with(task.id(), |seat| std::mem::take(&mut seat.enters_handler));
        let is_there = entered == Some(true) && stopped.is_at_a_handler();
        if is_there {
            self.engines.with(task.id(), |seat| {
                (seat.place, seat.steps) = (Place::Boundary, false);
                seat.list.a_handler_was_set_up();
            });
        }
        is_there
    }

    /// Whether a SIGTRAP comes of a step that an engine has asked for, and that has not been seen yet.
    fn has_stepped(&self, stopped: &Stopped, task: &Task) -> bool {
        stopped.has_stepped()
            && self.engines.with(task.id(), |seat| std::mem::take(&mut seat.steps)).unwrap_or(false)
    }

    /// A signal that nobody was told of, as the task was held before it.
    pub(super) fn signal_after_a_stop(&mut self, stopped: &Stopped, signal: Signal) -> Action {
        match self.table.get(stopped.tid()).map(|record| record.task.clone()) {
            Some(task) => self.report_signal(stopped, &task, signal),
            None => Action::Continue(Some(signal)),
        }
    }

    /// It is not delivered, and a call that waits does not notice.
    pub(super) fn drop_signal(&self, stopped: &Stopped) -> Action {
        restart(stopped);
        self.hand_on(stopped, None)
    }
}

/// What the program has arranged for signals.
fn dispositions(stopped: &Stopped) -> Dispositions {
    let status = Status::read(stopped.tid());
    status.map_or(Dispositions::default(), |status| Dispositions {
        ignored: status.ignored(),
        caught: status.caught(),
    })
}
