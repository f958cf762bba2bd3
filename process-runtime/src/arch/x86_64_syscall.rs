//! A system call, as an instruction.
//!
//! # Alternatives
//!
//! `libc::ptrace` and `libc::syscall`. They take their arguments from a list of variable length and put errors into `errno`, some
//! thirty instructions on pages of their own that have left the caches since the last stop; and each stop makes two or three requests.
#![allow(unsafe_code, reason = "that is what it is for")]

use std::arch::asm;

use libc::c_long;

/// Makes the call `number`. A result from -4095 to -1 is a negated errno.
///
/// KERNEL: arguments are in rdi, rsi, rdx, r10, r8 and r9, and `syscall` leaves rip in rcx and the flags in r11; all other registers stay
/// (arch/x86/entry/entry_64.S `entry_SYSCALL_64`). Errnos are up to MAX_ERRNO (linux/err.h).
///
/// # Safety
///
/// What the call reads and writes of our memory by these arguments may be read and written.
#[inline(always)]
pub(crate) unsafe fn call_kernel(number: c_long, args: [usize; 6]) -> isize {
    let result;
    // SAFETY: of memory, the caller's word; of registers, those that change are named.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack)
        );
    }
    result
}
