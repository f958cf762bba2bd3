//! How a task goes on after a report, and what is due before it is in user mode.

use super::action::ResumeAction;
use super::list::List;
use super::pass::Moment;

/// How a task goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Go,
    /// It stays here until an engine lets it go.
    Stay,
    /// By one instruction, or to the next branch.
    Step(Step),
}

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Instruction,
    Branch,
}

/// What is due before a task is in user mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Report,
    /// A report that can invent a signal.
    Interrupt,
    /// As that: a handler was set up.
    Handler,
    Step(Step),
}

impl<E> List<E> {
    /// What the answers of a report come to.
    pub(super) fn settle(&mut self, wish: ResumeAction, moment: Moment) -> Next {
        let stop = self.is_wanted_stopped();
        // A report that was asked for is had by now, or would come here again at once.
        let is_idle = matches!(moment, Moment::UserMode | Moment::Signal) && wish.asks_for_a_report();
        let wish = if is_idle { ResumeAction::Resume } else { wish };
        match (moment, stop) {
            (Moment::Dead, _) => Next::Go,
            (Moment::UserMode, false) => step_of(wish).map_or(Next::Go, Next::Step),
            (Moment::UserMode | Moment::AtOnce, true) => {
                self.ask(wish);
                Next::Stay
            }
            (Moment::AtOnce | Moment::Later | Moment::Signal, false) => {
                self.ask(wish);
                Next::Go
            }
            (Moment::Later | Moment::Signal, true) => {
                self.ask(wish.merge(ResumeAction::Report));
                Next::Go
            }
        }
    }

    /// Has this happen before user mode, if nothing more urgent is to.
    pub(crate) fn ask(&mut self, wish: ResumeAction) {
        self.pending = self.pending.merge(wish);
    }

    /// Nothing is to happen before user mode any more.
    pub(crate) fn ask_nothing(&mut self) {
        self.pending = ResumeAction::Resume;
    }

    /// Whether something is due before user mode.
    pub(crate) fn is_something_due(&self) -> bool {
        self.pending != ResumeAction::Resume || self.is_wanted_stopped() || self.handler
    }

    /// The task stands at the first instruction of a handler.
    pub(crate) fn a_handler_was_set_up(&mut self) {
        self.handler = true;
    }

    /// Whether a report is due before user mode.
    pub(crate) fn is_report_due(&self) -> bool {
        self.pending.asks_for_a_report()
    }

    /// Takes what is due. An engine that wants the task stopped gets its report first.
    pub(crate) fn take_due(&mut self) -> Due {
        let pending = std::mem::replace(&mut self.pending, ResumeAction::Resume);
        match pending {
            _ if std::mem::take(&mut self.handler) => Due::Handler,
            ResumeAction::Interrupt => Due::Interrupt,
            _ if pending.asks_for_a_report() || self.is_wanted_stopped() => Due::Report,
            _ => step_of(pending).map_or(Due::Nothing, Due::Step),
        }
    }
}

impl<E> List<E> {
    /// Takes the report that is due, and nothing else.
    pub(crate) fn take_report(&mut self) -> bool {
        let is_due = self.is_report_due();
        if is_due {
            self.pending = ResumeAction::Resume;
        }
        is_due
    }
}

fn step_of(action: ResumeAction) -> Option<Step> {
    match action {
        ResumeAction::SingleStep => Some(Step::Instruction),
        ResumeAction::BlockStep => Some(Step::Branch),
        _ => None,
    }
}
