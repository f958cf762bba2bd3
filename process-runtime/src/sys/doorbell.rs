//! The birth of the doorbell: a process that does nothing but can be signalled.
//!
//! It shares our memory and our descriptor table (CLONE_VM, CLONE_FILES), so that it costs a kernel task
//! and a page of stack, and holds no pipe of the host's open. Its exit signal is 0: no wait of the host's
//! sees it unless it asks for `__WCLONE` or `__WALL`.
#![allow(unsafe_code, reason = "clone(2) with a stack of our own")]

use std::mem::ManuallyDrop;

use libc::{c_int, c_void};
use watchers::{Errno, Tid};

use super::check;
use crate::arch;

const STACK: usize = 16 * 1024;

/// The stack that a doorbell runs on; it must outlive the doorbell.
pub(crate) struct Stack(ManuallyDrop<Box<[u128]>>);

impl Stack {
    fn new() -> Stack {
        Stack(ManuallyDrop::new(vec![0u128; STACK / size_of::<u128>()].into_boxed_slice()))
    }

    /// Gives the memory back, once the doorbell has been reaped.
    pub(crate) fn free(self) {
        drop(ManuallyDrop::into_inner(self.0));
    }
}

extern "C" fn sleep_for_ever(_: *mut c_void) -> c_int {
    arch::pause_for_ever()
}

/// Makes a doorbell process, not yet traced.
pub(crate) fn clone() -> Result<(Tid, Stack), Errno> {
    let mut stack = Stack::new();
    let top = stack.0.as_mut_ptr_range().end.cast::<c_void>();
    let flags = libc::CLONE_VM | libc::CLONE_FILES | libc::CLONE_FS;
    // SAFETY: the stack is 16-aligned and stays allocated until the caller frees it after the process's
    // death; the function makes one system call for ever through inline assembly and so touches neither
    // errno nor any thread-local of the thread whose memory it shares.
    let tid = check(unsafe { libc::clone(sleep_for_ever, top, flags, std::ptr::null_mut()) }.into());
    match tid.map(|tid| Tid::from_raw(tid as i32)) {
        Ok(Some(tid)) => Ok((tid, stack)),
        Ok(None) => Err(Errno::ESRCH),
        Err(errno) => {
            stack.free();
            Err(errno)
        }
    }
}
