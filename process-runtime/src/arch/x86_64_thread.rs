//! The thread pointer, which the places of a thread's own data are counted from.
#![allow(unsafe_code, reason = "no library tells it")]

use std::arch::asm;

/// That of the calling thread.
///
/// The first word behind fs is its own address (System V ABI, x86-64 supplement, and "ELF Handling For Thread-Local Storage", 3.4.6).
pub(crate) fn thread_pointer() -> *mut u8 {
    let pointer;
    // SAFETY: reads that word, which every thread has.
    unsafe { asm!("mov {}, fs:0", out(reg) pointer, options(nostack, readonly, preserves_flags)) };
    pointer
}
