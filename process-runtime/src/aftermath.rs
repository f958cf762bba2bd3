//! What an interruption of ours leaves behind: at which stops of the task it may still be felt. Pure.

use crate::task::Change;

/// At how many of its next stops a task may feel an interruption.
///
/// KERNEL: every stop takes back an interruption that was sent before it (kernel/signal.c `ptrace_stop`). One that we have sent may
/// have found the task at a stop that we had not heard of; the one after that takes it back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Aftermath(u8);

impl Aftermath {
    /// Of an interruption that was sent just now.
    pub(crate) const BEGUN: Aftermath = Aftermath(2);
    /// Nothing is felt any more.
    pub(crate) const OVER: Aftermath = Aftermath(0);

    /// Takes in a stop: the trap that was asked for, or another. Whether the interruption may be felt at it.
    pub(crate) fn takes_in(&mut self, change: &Change) -> bool {
        let left = if matches!(change, Change::Trapped) { 0 } else { self.0.saturating_sub(1) };
        std::mem::replace(&mut self.0, left) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_is_felt() {
        let mut aftermath = Aftermath::BEGUN;
        let felt = [Change::None, Change::GroupStop, Change::None].map(|change| aftermath.takes_in(&change));
        assert_eq!((felt, aftermath), ([true, true, false], Aftermath::OVER));
        let mut aftermath = Aftermath::BEGUN;
        let felt = [Change::Trapped, Change::Trapped].map(|change| aftermath.takes_in(&change));
        assert_eq!((felt, aftermath), ([true, false], Aftermath::default()));
    }
}
