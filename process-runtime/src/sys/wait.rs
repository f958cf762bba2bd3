//! `wait4(2)` for the tracees of the calling thread, and for one foreign child.
//!
//! # Alternatives
//!
//! The C library's `wait4` is a cancellation point: in a program with several threads it makes itself one and takes that back, each
//! with an atomic exchange, around every wait. No thread of ours is ever cancelled, and rustix makes the call itself.

use rustix::process::{self, Pid as Child, WaitOptions};
use watchers::{Errno, Tid};

/// A wait status and the task it is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitStatus {
    /// Whose it is.
    pub(crate) tid: Tid,
    /// The status word, with the ptrace event in bits 16 and up.
    pub(crate) status: i32,
}

/// What to do while nobody has anything to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// To wait for somebody.
    Somebody,
    /// Nothing: the answer is `None`.
    Now,
}

/// What one of our tracees or children has to say. ECHILD: there are none.
///
/// KERNEL: `__WNOTHREAD` restricts the wait to tracees and children of the calling thread, `__WALL`
/// includes those whose exit signal is not SIGCHLD (wait(2)).
#[inline(always)]
pub(crate) fn wait(until: Until) -> Result<Option<WaitStatus>, Errno> {
    let flags = if until == Until::Now { libc::WNOHANG } else { 0 };
    loop {
        // Not `waitpid` for nobody in particular: that is for those of our process group.
        match status(process::wait(options(flags | libc::__WNOTHREAD))) {
            Err(Errno::EINTR) => {}
            waited => return waited,
        }
    }
}

/// The status of one dead child that no thread of ours traces; `None` while it lives.
pub(crate) fn poll_one(child: Tid) -> Result<Option<i32>, Errno> {
    one(child, libc::WNOHANG)
}

/// Blocks until an untraced child is dead.
pub(crate) fn wait_for(child: Tid) -> Result<Option<i32>, Errno> {
    one(child, 0)
}

fn one(child: Tid, flags: i32) -> Result<Option<i32>, Errno> {
    let waited =
        process::waitpid(Some(Child::from_raw(child.as_raw()).ok_or(Errno::ECHILD)?), options(flags));
    status(waited).map(|waited| waited.map(|waited| waited.status))
}

/// rustix has no names for the flags of linux/wait.h, and hands them on.
fn options(flags: i32) -> WaitOptions {
    WaitOptions::from_bits_retain((flags | libc::__WALL).cast_unsigned())
}

#[inline]
fn status(
    waited: rustix::io::Result<Option<(Child, process::WaitStatus)>>,
) -> Result<Option<WaitStatus>, Errno> {
    let waited = waited.map_err(|errno| Errno::from_raw(errno.raw_os_error()))?;
    Ok(waited.and_then(|(tid, status)| {
        Some(WaitStatus { tid: Tid::from_raw(tid.as_raw_pid())?, status: status.as_raw() })
    }))
}
