//! The ABI tag: whether two pieces of code that were compiled apart may hand each other tasks and events.
//!
//! The layout of Rust types is the compiler's affair: it is the same where the compiler, this crate's version and, as a check on
//! both, the sizes and the number of events are the same.

use crate::{
    CredsEvent, Event, EventKind, ExecEvent, ExitEvent, FoundEvent, FreeEvent, GroupDeadEvent, Task, UidEvent,
};

/// The tag of this build of the crate.
pub(crate) const TAG: u64 = {
    let hash = text(0xcbf2_9ce4_8422_2325, env!("WATCHERS_RUSTC"));
    let hash = text(hash, env!("CARGO_PKG_VERSION"));
    let hash = number(hash, size_of::<Task>() as u64);
    let hash = number(hash, size_of::<Event<'_>>() as u64);
    let hash = number(hash, size_of::<ExecEvent>() as u64);
    let hash = number(hash, size_of::<UidEvent>() as u64);
    let hash = number(hash, size_of::<ExitEvent>() as u64);
    let hash = number(hash, size_of::<FreeEvent>() as u64);
    let hash = number(hash, size_of::<FoundEvent>() as u64);
    let hash = number(hash, size_of::<CredsEvent>() as u64);
    let hash = number(hash, size_of::<GroupDeadEvent>() as u64);
    number(hash, EventKind::ALL.len() as u64)
};

/// The tag's halves, as the note is made of words.
pub const ABI_LOW: u32 = TAG as u32;
/// The upper half.
pub const ABI_HIGH: u32 = (TAG >> 32) as u32;

/// FNV-1a.
const fn byte(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3)
}

const fn text(mut hash: u64, text: &str) -> u64 {
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        hash = byte(hash, *first);
        rest = behind;
    }
    byte(hash, 0xff)
}

const fn number(mut hash: u64, number: u64) -> u64 {
    let mut shift = 0;
    while shift < 64 {
        hash = byte(hash, (number >> shift) as u8);
        shift += 8;
    }
    hash
}
