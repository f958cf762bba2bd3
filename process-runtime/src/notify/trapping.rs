//! Whether a task can be trapped without its signal handling being changed.
//!
//! KERNEL: a trap instruction forces SIGTRAP on the task, also where that is blocked or ignored: it is unblocked then, and its
//! handler is taken away (kernel/signal.c `force_sig_info_to_task`). A block can be put back at the stop; a handler cannot.

use watchers::{Signal, Tid};

use super::sight::Blocked;
use crate::arch::{self, HiddenMask};
use crate::proc::Status;
use crate::sys::memory;

/// What a trap would do to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trapping {
    /// Nothing.
    Harmless,
    /// It would unblock SIGTRAP, which is to be blocked again.
    Unblocks,
    /// More than can be undone, or than can be known.
    Harms,
}

/// What a trap would do to a task that has this status.
pub(crate) fn trapping(status: &Status) -> Trapping {
    judge(status.blocks(Signal::SIGTRAP), status.catches(Signal::SIGTRAP), status.ignores(Signal::SIGTRAP))
}

fn judge(blocks: bool, catches: bool, ignores: bool) -> Trapping {
    match (blocks, catches, ignores) {
        (_, _, true) | (true, true, _) => Trapping::Harms,
        (true, false, false) => Trapping::Unblocks,
        (false, _, false) => Trapping::Harmless,
    }
}

/// The same, of a task that waits in a call, when that returns.
pub(crate) fn trapping_after(tid: Tid, blocked: &Blocked) -> Trapping {
    let Some(status) = Status::read(tid) else { return Trapping::Harms };
    let hides = match arch::hidden_mask(blocked.number, &blocked.args) {
        HiddenMask::None => false,
        HiddenMask::Unknown => true,
        HiddenMask::IfNotNull(address) => word(tid, address).is_none_or(|pointer| pointer != 0),
        // What is waited for is not blocked meanwhile.
        HiddenMask::LessThan(set) => word(tid, set).is_none_or(|set| set & bit(Signal::SIGTRAP) != 0),
    };
    if hides { Trapping::Harms } else { trapping(&status) }
}

fn word(tid: Tid, address: u64) -> Option<u64> {
    let mut bytes = [0; 8];
    (memory::read(tid, address, &mut bytes) == Ok(8)).then(|| u64::from_ne_bytes(bytes))
}

/// A signal in a mask.
pub(crate) fn bit(signal: Signal) -> u64 {
    1 << (signal.as_raw() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_trap_does() {
        let table = [
            ((false, false, false), Trapping::Harmless),
            ((false, true, false), Trapping::Harmless),
            ((true, false, false), Trapping::Unblocks),
            ((true, true, false), Trapping::Harms),
            ((false, false, true), Trapping::Harms),
            ((true, false, true), Trapping::Harms),
        ];
        for ((blocks, catches, ignores), expected) in table {
            assert_eq!(judge(blocks, catches, ignores), expected, "{blocks} {catches} {ignores}");
        }
    }
}
