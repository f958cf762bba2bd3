//! One report: who is called, in which order, and what their answers are together.

use std::collections::VecDeque;

use super::action::ResumeAction;
use super::event::{EngineEvent, EngineEvents};
use super::list::{EngineId, List, Standing};
use super::quiesce::Next;

/// A report that runs. `A` is what becomes of the event itself: of the call, of the signal.
#[derive(Debug)]
pub(crate) struct Pass<A> {
    /// What is reported; none before user mode.
    event: Option<EngineEvent>,
    steps: VecDeque<(EngineId, Callback)>,
    /// How the task stood before: a creator that was killed in its fork does not stand still.
    before: Standing,
    so_far: ResumeAction,
    /// The smallest answer but for Stop, which the engines remember.
    wish: ResumeAction,
    /// What the last engine has answered.
    pub(crate) action: A,
}

/// Which of an engine's functions is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callback {
    /// `report_quiesce`.
    Quiesce,
    /// The one of the event. Of a signal it is called also for who only wants QUIESCE.
    Event,
}

/// When a stop that engines ask for takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Here: the entry of a call, an exit, a vfork.
    AtOnce,
    /// Before the task is in user mode; it is on its way to another report until then.
    Later,
    /// As `Later`; and a report is not to be had, as it would come here again.
    Signal,
    /// It is about to be in user mode.
    UserMode,
    /// Never.
    Dead,
}

impl<E> List<E> {
    /// Begins a report, if anybody wants it. Whoever wants QUIESCE is called too, but only then.
    ///
    /// Before user mode (no event) everybody is asked who wants QUIESCE. A death is reported to them even if nobody
    /// wants DEATH.
    ///
    /// Whoever was attached since the task has stopped is left out; of a report before user mode, which may come long
    /// after that, only who is attached while it runs.
    pub(crate) fn begin<A>(&mut self, event: Option<EngineEvent>, action: A) -> Option<Pass<A>> {
        let is_wanted = match event {
            None => {
                self.splice();
                true
            }
            Some(EngineEvent::Death) => self.wants(EngineEvent::Death | EngineEvent::Quiesce),
            Some(event) => self.wants(event),
        };
        if !is_wanted {
            return None;
        }
        self.fresh = false;
        let before = self.standing();
        self.stand(Standing::Reporting);
        let of_one = |id| [(id, Callback::Quiesce), (id, Callback::Event)];
        let steps = match event {
            Some(EngineEvent::SyscallEntry) => self.in_order().rev().flat_map(of_one).collect(),
            _ => self.in_order().flat_map(of_one).collect(),
        };
        let resume = ResumeAction::Resume;
        Some(Pass { event, steps, before, so_far: resume, wish: resume, action })
    }

    /// Whom to call next. What an engine wants is asked only now: an earlier callback may have changed it.
    pub(crate) fn next<A>(&self, pass: &mut Pass<A>) -> Option<(EngineId, Callback)> {
        while let Some((id, callback)) = pass.steps.pop_front() {
            let Some(slot) = self.slot(id) else { continue };
            if slot.holds {
                pass.so_far = ResumeAction::Stop;
            }
            let event = pass.event.is_some_and(|event| slot.wants(event));
            let quiesce = slot.wants(EngineEvent::Quiesce);
            let is_wanted = match callback {
                Callback::Event => event || quiesce && pass.is_of_a_signal(),
                Callback::Quiesce => quiesce && !pass.has_one_callback(),
            };
            if is_wanted {
                return Some((id, callback));
            }
        }
        None
    }

    /// What an engine has answered.
    pub(crate) fn answered<A>(&mut self, pass: &mut Pass<A>, id: EngineId, answer: ResumeAction) {
        pass.so_far = pass.so_far.merge(answer);
        if answer != ResumeAction::Stop {
            pass.wish = pass.wish.merge(answer);
        }
        let Some(slot) = self.slot_mut(id) else { return };
        match answer {
            ResumeAction::Stop => slot.holds = true,
            ResumeAction::Detach => slot.gone = true,
            _ => slot.let_go(),
        }
    }

    /// Ends a report: how the task goes on.
    pub(crate) fn finish<A>(&mut self, pass: &Pass<A>, moment: Moment) -> Next {
        self.prune();
        self.stand(pass.before);
        self.settle(pass.wish, moment)
    }
}

impl<A> Pass<A> {
    /// What the engines that were called have answered together.
    pub(crate) fn so_far(&self) -> ResumeAction {
        self.so_far
    }

    /// A signal and the quiet before it are one callback, and before the end of all there is no quiet.
    fn has_one_callback(&self) -> bool {
        self.is_of_a_signal() || self.event == Some(EngineEvent::Reap)
    }

    fn is_of_a_signal(&self) -> bool {
        self.event.is_some_and(|event| EngineEvents::SIGNALS.contains(event))
    }
}
