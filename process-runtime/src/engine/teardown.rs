//! The end of a task, for its engines: DEATH, then REAP, then nothing.

use super::list::List;

/// How far a task's end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Alive,
    /// DEATH is being reported.
    Dying,
    /// DEATH was reported.
    Dead,
    /// REAP is being reported, or was.
    Reaping,
}

impl<E> List<E> {
    /// It is dead: nothing is due any more, and nobody can hold it.
    pub(crate) fn dies(&mut self) {
        self.life = Life::Dying;
        self.arrive();
    }

    /// DEATH was reported.
    pub(crate) fn is_dead(&mut self) {
        self.life = Life::Dead;
    }

    /// It is gone.
    pub(crate) fn is_reaped(&mut self) {
        self.life = Life::Reaping;
    }

    /// REAP was reported: nobody is attached any more.
    pub(crate) fn end(&mut self) {
        self.clear();
    }
}
