//! The engines of one task: attached ones, and those that wait for its next stop to be so.

use super::action::ResumeAction;
use super::error::EngineError;
use super::event::{EngineEvent, EngineEvents};
use super::matching::{Attach, Key, Matching};
use super::teardown::Life;

/// Names one attachment of an engine, of all that a supervisor ever has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EngineId(pub(crate) u64);

/// One engine and what is known of it.
#[derive(Debug)]
pub(crate) struct Slot<E> {
    pub(super) id: EngineId,
    key: Key,
    pub(super) events: EngineEvents,
    /// It wants the task stopped (ENGINE_STOP).
    pub(super) holds: bool,
    /// How often it has said that it does not: what was kept of a stop before that is stale.
    pub(super) n_releases: u64,
    /// It was detached; it is still here because a report runs.
    pub(super) gone: bool,
    /// Itself, unless it is being called.
    engine: Option<E>,
}

/// What an engine wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// What its next stop is known by, for whoever is to end it.
    pub(crate) n_releases: u64,
    pub(crate) action: ResumeAction,
}

/// What the task does, as far as its engines are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It runs, or waits in the kernel.
    Running,
    /// Its engines are being told.
    Reporting,
    /// It is in a ptrace-stop of ours, on behalf of somebody else.
    Stopped,
    /// It is stopped because an engine says so.
    Held,
    /// It is stopped with its group.
    JobStopped,
}

/// The engines of one task.
///
/// A new one waits in `attaching` until the task stops again: whatever is being told when it comes, to watchers or to
/// other engines, it never hears of that.
#[derive(Debug)]
pub(crate) struct List<E> {
    attached: Vec<Slot<E>>,
    attaching: Vec<Slot<E>>,
    /// What is due before the task is in user mode.
    pub(super) pending: ResumeAction,
    /// A handler was set up, of which nobody was told.
    pub(super) handler: bool,
    /// Somebody was attached since engines were told of anything.
    pub(super) fresh: bool,
    pub(super) life: Life,
    pub(super) standing: Standing,
    /// How often it has stopped, or gone on.
    n_moves: u64,
    /// Engines that were detached, for whoever may drop them: that runs code of theirs.
    released: Vec<E>,
}

impl<E> List<E> {
    pub(crate) fn new(standing: Standing) -> List<E> {
        List {
            attached: Vec::new(),
            attaching: Vec::new(),
            pending: ResumeAction::Resume,
            handler: false,
            fresh: false,
            life: Life::Alive,
            standing,
            n_moves: 0,
            released: Vec::new(),
        }
    }

    /// Puts an engine at the end, for the next stop.
    pub(crate) fn attach(
        &mut self,
        id: EngineId,
        key: Key,
        events: EngineEvents,
        engine: E,
        how: Attach,
    ) -> Result<(), EngineError> {
        let is_there = matches!(how, Attach::Exclusive(these) if self.find(these).is_ok());
        if self.life == Life::Reaping || is_there {
            self.released.push(engine);
            return Err(if is_there { EngineError::Exists } else { EngineError::NoSuchTask });
        }
        let engine = Some(engine);
        self.attaching.push(Slot { id, key, events, holds: false, n_releases: 0, gone: false, engine });
        Ok(())
    }

    /// The first engine that is meant.
    pub(crate) fn find(&self, these: Matching) -> Result<EngineId, EngineError> {
        let mut slots = self.slots();
        slots.find(|slot| these.is_met_by(slot.key)).map(|slot| slot.id).ok_or(EngineError::NotFound)
    }

    /// The task has stopped, and its engines are about to be told: whoever waited is attached.
    pub(crate) fn arrive(&mut self) {
        self.stand(Standing::Stopped);
        self.splice();
    }

    /// Whether somebody was attached since engines were told of anything.
    pub(crate) fn has_fresh(&self) -> bool {
        self.fresh
    }

    /// Whoever waited is attached, behind the others.
    pub(super) fn splice(&mut self) {
        self.fresh |= !self.attaching.is_empty();
        self.attached.append(&mut self.attaching);
    }

    /// The engines that a report begins with, in the order in which they were attached.
    pub(super) fn in_order(&self) -> impl DoubleEndedIterator<Item = EngineId> {
        self.attached.iter().map(|slot| slot.id)
    }

    /// Whoever is not detached.
    fn slots(&self) -> impl Iterator<Item = &Slot<E>> {
        self.attached.iter().chain(&self.attaching).filter(|slot| !slot.gone)
    }

    pub(super) fn slot(&self, id: EngineId) -> Option<&Slot<E>> {
        self.slots().find(|slot| slot.id == id)
    }

    pub(super) fn slot_mut(&mut self, id: EngineId) -> Option<&mut Slot<E>> {
        let mut slots = self.attached.iter_mut().chain(&mut self.attaching);
        slots.find(|slot| slot.id == id && !slot.gone)
    }

    /// Whether an engine is attached.
    pub(crate) fn has(&self, id: EngineId) -> bool {
        self.slot(id).is_some()
    }

    /// Whether anybody wants one of these events.
    pub(crate) fn wants(&self, events: impl Into<EngineEvents>) -> bool {
        let events = events.into();
        self.slots().any(|slot| slot.events.intersects(events))
    }

    /// Nobody wants the task stopped.
    pub(crate) fn let_everybody_go(&mut self) {
        self.attached.iter_mut().chain(&mut self.attaching).for_each(Slot::let_go);
    }

    /// Whether anybody wants the task stopped.
    pub(crate) fn is_wanted_stopped(&self) -> bool {
        self.slots().any(|slot| slot.holds)
    }

    pub(crate) fn standing(&self) -> Standing {
        self.standing
    }

    pub(crate) fn stand(&mut self, standing: Standing) {
        self.n_moves += 1;
        self.standing = standing;
    }

    /// What changes when the task moves.
    pub(super) fn n_moves(&self) -> u64 {
        self.n_moves
    }

    /// What an engine wants before it is asked.
    pub(crate) fn wish(&self, id: EngineId) -> Wish {
        let holds = self.slot(id).is_some_and(|slot| slot.holds);
        let action = if holds { ResumeAction::Stop } else { ResumeAction::Resume };
        Wish { n_releases: self.slot(id).map_or(0, |slot| slot.n_releases), action }
    }

    /// Takes an engine out to call it.
    pub(crate) fn take(&mut self, id: EngineId) -> Option<E> {
        self.slot_mut(id)?.engine.take()
    }

    /// Puts it back. One that was detached meanwhile is released.
    pub(crate) fn give_back(&mut self, id: EngineId, engine: E) {
        match self.slot_mut(id) {
            Some(slot) => slot.engine = Some(engine),
            None => self.released.push(engine),
        }
    }

    /// Removes whoever was detached.
    pub(super) fn prune(&mut self) {
        let gone = |slot: &mut Slot<E>| slot.gone;
        let attached = self.attached.extract_if(.., gone);
        let all = attached.chain(self.attaching.extract_if(.., gone));
        self.released.extend(all.filter_map(|slot| slot.engine));
    }

    /// Removes everybody.
    pub(super) fn clear(&mut self) {
        self.splice();
        self.attached.iter_mut().for_each(|slot| slot.gone = true);
        self.prune();
    }

    /// The engines that may be dropped now.
    pub(crate) fn take_released(&mut self) -> Vec<E> {
        std::mem::take(&mut self.released)
    }

    /// Whether nobody is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots().next().is_none()
    }
}

impl<E> Slot<E> {
    /// It does not want the task stopped, or no longer.
    pub(super) fn let_go(&mut self) {
        self.holds = false;
        self.n_releases += 1;
    }

    pub(super) fn wants(&self, event: EngineEvent) -> bool {
        self.events.contains(event)
    }
}
