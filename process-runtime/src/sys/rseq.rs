//! `rseq(2)`: a thread that has no restartable sequences.
//!
//! KERNEL: of a thread that has said where its rseq area is, as the C library does for every thread, the kernel writes the processor
//! and more into that area each time it comes back to user mode from another task (kernel/rseq.c `__rseq_handle_notify_resume`). A
//! tracer does so at every stop; without the area, a stop costs it 50 ns less.
//!
//! Nobody misses it: who finds no processor in the area asks the kernel (sched_getcpu(3)), and allocators that have a cache per processor
//! use another one on such a thread.
//!
//! # Alternatives
//!
//! GLIBC_TUNABLES=glibc.pthread.rseq=0: for a whole program, before it starts, and for what it starts.
#![allow(unsafe_code, reason = "no library makes this call, and where the area is is told by two symbols")]

use std::ffi::CStr;

use watchers::Errno;

use super::check;
use crate::arch;

/// What the area was registered with (arch/x86/include/asm/rseq.h in glibc, `RSEQ_SIG`).
const SIGNATURE: u32 = 0x5305_3053;
/// RSEQ_FLAG_UNREGISTER (linux/rseq.h).
const UNREGISTER: i32 = 1;
/// The size of the first version of the area (linux/rseq.h `ORIG_RSEQ_SIZE`), which is the least that is registered.
const LEAST: u32 = 32;

/// The rseq area of the calling thread.
struct Area {
    start: *mut u8,
    size: u32,
}

/// Ends the calling thread's part in restartable sequences, if it has one.
pub(crate) fn leave() {
    if let Some(area) = Area::of_this_thread() {
        // EINVAL: registered by somebody else, or with another size. The thread keeps it, which costs time and nothing else.
        let _ = area.register(UNREGISTER);
    }
}

impl Area {
    /// `None`: the C library has registered none.
    fn of_this_thread() -> Option<Area> {
        // SAFETY: the C library says that these are a `ptrdiff_t` and an `unsigned int` (rseq area, glibc manual).
        let (offset, size) =
            unsafe { (variable::<isize>(c"__rseq_offset")?, variable::<u32>(c"__rseq_size")?) };
        let start = arch::thread_pointer().wrapping_offset(offset);
        (size > 0).then_some(Area { start, size: size.max(LEAST) })
    }

    fn register(&self, flags: i32) -> Result<(), Errno> {
        // SAFETY: the area is part of the calling thread's own data, made for the kernel to write to, and lives as long as it does.
        check(unsafe { libc::syscall(libc::SYS_rseq, self.start, self.size, flags, SIGNATURE) }).map(drop)
    }
}

/// What a variable of the C library is; `None` where it has none of that name.
///
/// # Safety
///
/// It has this type, and nobody writes to it.
unsafe fn variable<T: Copy>(name: &CStr) -> Option<T> {
    // SAFETY: a string that ends with a zero.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }.cast::<T>();
    // SAFETY: of the variable, the caller's word; it is never unloaded.
    (!address.is_null()).then(|| unsafe { address.read() })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// The kernel refuses to register an area twice, and an area that is in use once more.
    #[test]
    fn a_thread_that_has_left_could_join_again() {
        let (before, after) = thread::spawn(|| {
            let register = || Area::of_this_thread().map(|area| area.register(0));
            let before = register();
            leave();
            (before, register())
        })
        .join()
        .unwrap();
        // Without an area, there is nothing to leave.
        assert_eq!(before, after.map(|_| Err(Errno::EBUSY)));
        assert!(after.is_none_or(|joined| joined == Ok(())));
    }
}
