//! Memory that a stopped task lends for one call: below its stack, where nothing of it is.
//!
//! # Alternatives
//!
//! 1. A page that the task maps for us, by a call of its own: two calls more, a limit that it may have reached,
//!    and a mapping that other threads see. For what a call takes by reference, some words, the stack has room.
//! 2. Its data, anywhere, put back afterwards: other threads may look at it meanwhile.

use watchers::{Errno, Tid};

use super::CallError;
use crate::arch::{self, Registers};
use crate::sys::memory;

/// The most that is lent: what a call takes by reference is smaller, and a stack that ends here would not last
/// for the next function either.
pub(super) const MOST: usize = 2048;

/// Bytes below the red zone of a task's stack, as they were.
pub(super) struct Scratch {
    tid: Tid,
    pub(super) address: u64,
    former: Vec<u8>,
}

impl Scratch {
    /// Writes `bytes` there, and keeps what was there before.
    pub(super) fn borrow(tid: Tid, registers: &Registers, bytes: &[u8]) -> Result<Scratch, CallError> {
        let end = arch::stack_of(registers).wrapping_sub(arch::RED_ZONE);
        // As aligned as anything that a call takes.
        let address = end.wrapping_sub(bytes.len() as u64) & !63;
        let mut former = vec![0; bytes.len()];
        let read = memory::read(tid, address, &mut former).map_err(CallError::of_memory)?;
        if read < former.len() {
            return Err(CallError::Memory(Errno::EFAULT));
        }
        let scratch = Scratch { tid, address, former };
        match memory::write(tid, address, bytes) {
            Ok(()) => Ok(scratch),
            Err(errno) => {
                scratch.give_back();
                Err(CallError::of_memory(errno))
            }
        }
    }

    /// What the call has left there.
    pub(super) fn read(&self, bytes: &mut [u8]) -> Result<(), CallError> {
        match memory::read(self.tid, self.address, bytes).map_err(CallError::of_memory)? {
            read if read == bytes.len() => Ok(()),
            _ => Err(CallError::Memory(Errno::EFAULT)),
        }
    }

    /// Puts the former bytes back. Where the task is dead by now, nobody has them.
    pub(super) fn give_back(self) {
        let _ = memory::write(self.tid, self.address, &self.former);
    }
}
