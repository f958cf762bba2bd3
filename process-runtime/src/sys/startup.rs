//! What the process was given, noted before Rust's runtime changes it.
//!
//! Rust's `main` wrapper ignores SIGPIPE and opens `/dev/null` on a closed standard descriptor; the C
//! library takes signals 32 and 33 for its threads. A command must get what *we* got, so a constructor looks
//! first. It makes a few async-signal-safe calls and stores one byte.
#![allow(unsafe_code, reason = "a constructor is a static in .init_array")]

use std::sync::atomic::{AtomicU8, Ordering};

use super::check;

const SIGPIPE_IGNORED: u8 = 1 << 7;
/// The signals that glibc keeps for itself, and their bits.
const OF_THE_LIBRARY: [(i32, u8); 2] = [(32, 1 << 3), (33, 1 << 4)];

static FOUND: AtomicU8 = AtomicU8::new(0);

extern "C" fn look() {
    let mut found = 0;
    for fd in 0..3 {
        // SAFETY: F_GETFD on any number is harmless; EBADF says that it is closed.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
            found |= 1 << fd;
        }
    }
    if disposition(libc::SIGPIPE) == Some(libc::SIG_IGN) {
        found |= SIGPIPE_IGNORED;
    }
    for (signal, bit) in OF_THE_LIBRARY {
        if disposition(signal) == Some(libc::SIG_IGN) {
            found |= bit;
        }
    }
    FOUND.store(found, Ordering::Relaxed);
}

// SAFETY: the entry is a function pointer of the type that the loader calls, and needs nothing of Rust's
// runtime.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

/// The kernel's `struct sigaction`; the C library's functions refuse its own signals.
#[repr(C)]
#[derive(Clone, Copy)]
struct Action {
    handler: usize,
    flags: libc::c_ulong,
    restorer: usize,
    mask: u64,
}

const NOTHING: Action = Action { handler: libc::SIG_IGN, flags: 0, restorer: 0, mask: 0 };

/// What the kernel does with `signal` now. Async-signal-safe.
fn disposition(signal: i32) -> Option<libc::sighandler_t> {
    let mut action = NOTHING;
    let none: *const Action = std::ptr::null();
    // SAFETY: with a null new action the kernel only writes the old one to the live local; the last
    // argument is the size of its mask.
    check(unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, none, &raw mut action, size_of::<u64>()) })
        .ok()?;
    Some(action.handler)
}

/// Ignores `signal` from now on. Async-signal-safe.
fn ignore(signal: i32) {
    let none: *mut Action = std::ptr::null_mut();
    let ignored = NOTHING;
    // SAFETY: an ignored disposition involves no handler and no restorer; the kernel reads the live local.
    unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, &raw const ignored, none, size_of::<u64>()) };
}

/// Ignores again what was ignored when we began, and still is as far as the host can say. Between fork and
/// exec; async-signal-safe.
pub(crate) fn ignore_what_was_ignored(sigpipe: bool) {
    if sigpipe {
        ignore(libc::SIGPIPE);
    }
    let found = FOUND.load(Ordering::Relaxed);
    for (signal, _) in OF_THE_LIBRARY.iter().filter(|(_, bit)| found & bit != 0) {
        ignore(*signal);
    }
}

/// Whether `fd` (0, 1 or 2) was closed when the process began.
pub(crate) fn was_closed(fd: i32) -> bool {
    (0..3).contains(&fd) && FOUND.load(Ordering::Relaxed) & (1 << fd) != 0
}

/// Whether a command started now should ignore SIGPIPE: it was ignored when we began and still is.
pub(crate) fn sigpipe_stays_ignored() -> bool {
    FOUND.load(Ordering::Relaxed) & SIGPIPE_IGNORED != 0 && disposition(libc::SIGPIPE) == Some(libc::SIG_IGN)
}
