//! What the process was given, noted before Rust's runtime changes it.
//!
//! Rust's `main` wrapper ignores SIGPIPE and opens `/dev/null` on a closed standard descriptor. A command
//! must get what *we* got, so a constructor looks first. It calls two async-signal-safe functions and
//! stores one byte.
#![allow(unsafe_code, reason = "a constructor is a static in .init_array")]

use std::sync::atomic::{AtomicU8, Ordering};

const SIGPIPE_IGNORED: u8 = 1 << 7;

static FOUND: AtomicU8 = AtomicU8::new(0);

extern "C" fn look() {
    let mut found = 0;
    for fd in 0..3 {
        // SAFETY: F_GETFD on any number is harmless; EBADF says that it is closed.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
            found |= 1 << fd;
        }
    }
    if sigpipe_is_ignored() {
        found |= SIGPIPE_IGNORED;
    }
    FOUND.store(found, Ordering::Relaxed);
}

// SAFETY: the entry is a function pointer of the type that the loader calls, and needs nothing of Rust's
// runtime.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

/// Whether SIGPIPE's disposition is "ignore" now.
fn sigpipe_is_ignored() -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with a null new action the call only writes the old one to the live local.
    unsafe { libc::sigaction(libc::SIGPIPE, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: plain numbers, zeroed and then written by the call.
    unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN
}

/// Whether `fd` (0, 1 or 2) was closed when the process began.
pub(crate) fn was_closed(fd: i32) -> bool {
    (0..3).contains(&fd) && FOUND.load(Ordering::Relaxed) & (1 << fd) != 0
}

/// Whether a command started now should ignore SIGPIPE: it was ignored when we began and still is.
pub(crate) fn sigpipe_stays_ignored() -> bool {
    FOUND.load(Ordering::Relaxed) & SIGPIPE_IGNORED != 0 && sigpipe_is_ignored()
}
