//! What is asked of an engine from outside of a report, and the codes that this is answered with.
//!
//! What is asked, and every report, is done on one thread; so none of it ever meets an engine in the middle of a
//! callback of its own, and utrace's EINPROGRESS for that has no case here: a change holds when the call returns.

use super::action::ResumeAction;
use super::error::EngineError;
use super::event::{EngineEvent, EngineEvents};
use super::list::{EngineId, List, Standing};
use super::teardown::Life;

/// What is to be done about the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    /// Nobody wants it stopped any more.
    Wake,
    /// It is to stop soon; a call in which it waits is made again.
    Stop,
    /// It is to be taken out of a call in which it waits.
    Interrupt,
    /// It is stopped with its group, and is to be so for its engines.
    Retrap,
}

/// Events that the task must be prepared for while it is stopped.
const PREPARED: EngineEvents =
    EngineEvents::of([EngineEvent::SyscallEntry, EngineEvent::SyscallExit, EngineEvent::Exit]);
const NEEDS_QUIESCE: [ResumeAction; 3] =
    [ResumeAction::Report, ResumeAction::SingleStep, ResumeAction::BlockStep];

impl<E> List<E> {
    /// `utrace_control`: what it answers, and what is to be done.
    pub(crate) fn control(
        &mut self,
        id: EngineId,
        action: ResumeAction,
    ) -> (Result<(), EngineError>, Effect) {
        match self.may_control(id, action) {
            Ok(()) => self.controlled(id, action),
            Err(error) => (Err(error), Effect::Nothing),
        }
    }

    fn may_control(&self, id: EngineId, action: ResumeAction) -> Result<(), EngineError> {
        let slot = self.slot(id).ok_or(EngineError::NoSuchTask)?;
        if NEEDS_QUIESCE.contains(&action) && !slot.wants(EngineEvent::Quiesce) {
            return Err(EngineError::Invalid);
        }
        match (self.life, action) {
            (Life::Alive, _) | (Life::Dead, ResumeAction::Detach) => Ok(()),
            (Life::Dying, ResumeAction::Detach) => Err(EngineError::Already),
            _ => Err(EngineError::NoSuchTask),
        }
    }

    fn controlled(&mut self, id: EngineId, action: ResumeAction) -> (Result<(), EngineError>, Effect) {
        let was_held = self.standing == Standing::Held;
        if let Some(slot) = self.slot_mut(id) {
            match action {
                ResumeAction::Stop => slot.holds = true,
                _ => slot.let_go(),
            }
            slot.gone |= action == ResumeAction::Detach;
        }
        let runs = matches!(self.standing, Standing::Running | Standing::Reporting);
        let answer = match action {
            ResumeAction::Stop if runs => {
                self.ask(ResumeAction::Report);
                Err(EngineError::InProgress)
            }
            ResumeAction::Stop | ResumeAction::Resume | ResumeAction::Detach => Ok(()),
            _ => {
                self.ask(action);
                Ok(())
            }
        };
        if self.standing != Standing::Reporting {
            self.prune();
        }
        (answer, self.effect(was_held, action))
    }

    fn effect(&self, was_held: bool, action: ResumeAction) -> Effect {
        match (self.standing, action) {
            _ if was_held && !self.is_wanted_stopped() => Effect::Wake,
            (Standing::Running, ResumeAction::Interrupt) => Effect::Interrupt,
            (Standing::Running, ResumeAction::Resume | ResumeAction::Detach) => Effect::Nothing,
            (Standing::Running, _) => Effect::Stop,
            (Standing::JobStopped, ResumeAction::Stop) => Effect::Retrap,
            _ => Effect::Nothing,
        }
    }

    /// Ends the stop that was begun after so many releases; another one is not meant.
    pub(crate) fn release(&mut self, id: EngineId, n_releases: u64, action: ResumeAction) -> Effect {
        match self.slot(id) {
            Some(slot) if slot.n_releases == n_releases => self.released_by(id, action),
            _ => Effect::Nothing,
        }
    }

    fn released_by(&mut self, id: EngineId, action: ResumeAction) -> Effect {
        let was_held = self.standing == Standing::Held;
        if let Some(slot) = self.slot_mut(id) {
            slot.let_go();
        }
        self.ask(action);
        self.effect(was_held, ResumeAction::Resume)
    }

    /// `utrace_set_events`.
    pub(crate) fn set_events(
        &mut self,
        id: EngineId,
        events: EngineEvents,
    ) -> (Result<(), EngineError>, Effect) {
        if let Err(error) = self.may_set_events(id, events) {
            return (Err(error), Effect::Nothing);
        }
        if let Some(slot) = self.slot_mut(id) {
            slot.events = events;
        }
        if self.standing == Standing::Held && events.contains(EngineEvent::Quiesce) {
            self.ask(ResumeAction::Report);
        }
        (Ok(()), self.preparation(events))
    }

    /// What it takes that the task reports these events.
    pub(crate) fn preparation(&self, events: EngineEvents) -> Effect {
        let is_unprepared = self.standing == Standing::Running && events.intersects(PREPARED);
        if is_unprepared { Effect::Stop } else { Effect::Nothing }
    }

    fn may_set_events(&self, id: EngineId, events: EngineEvents) -> Result<(), EngineError> {
        let slot = self.slot(id).ok_or(EngineError::NoSuchTask)?;
        let (set, cleared) = (events - slot.events, slot.events - events);
        let of_death = EngineEvent::Death | EngineEvent::Quiesce;
        let is_late = match self.life {
            Life::Alive => false,
            Life::Dying => set.intersects(of_death) || cleared.intersects(of_death),
            Life::Dead => set.intersects(of_death),
            Life::Reaping => set.intersects(of_death) || cleared.contains(EngineEvent::Reap),
        };
        if is_late { Err(EngineError::Already) } else { Ok(()) }
    }
}
