//! `wait4(2)` for the tracees of the calling thread, and for one foreign child.
#![allow(unsafe_code, reason = "no safe binding knows __WALL and __WNOTHREAD")]

use watchers::{Errno, Tid};

use super::{check, last_errno};

/// A wait status and the task it is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitStatus {
    /// The kernel's thread id.
    pub(crate) tid: i32,
    /// The status word, with the ptrace event in bits 16 and up.
    pub(crate) status: i32,
}

/// Blocks until one of our tracees or children has something to say. ECHILD: there are none.
///
/// KERNEL: `__WNOTHREAD` restricts the wait to tracees and children of the calling thread, `__WALL`
/// includes those whose exit signal is not SIGCHLD (wait(2)).
pub(crate) fn wait() -> Result<WaitStatus, Errno> {
    loop {
        match wait_with(0) {
            Err(Errno::EINTR) => {}
            Ok(Some(status)) => return Ok(status),
            Ok(None) => return Err(last_errno()),
            Err(errno) => return Err(errno),
        }
    }
}

/// As [`wait`], but `None` where nothing is waiting.
pub(crate) fn poll() -> Result<Option<WaitStatus>, Errno> {
    wait_with(libc::WNOHANG)
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
    let mut status = 0;
    let flags = flags | libc::__WALL;
    // SAFETY: as below.
    let tid =
        check(unsafe { libc::wait4(child.as_raw(), &raw mut status, flags, std::ptr::null_mut()) }.into())?;
    Ok((tid != 0).then_some(status))
}

fn wait_with(flags: i32) -> Result<Option<WaitStatus>, Errno> {
    let mut status = 0;
    let flags = flags | libc::__WALL | libc::__WNOTHREAD;
    // SAFETY: the kernel writes one int to the live local; no rusage is asked for.
    let tid = check(unsafe { libc::wait4(-1, &raw mut status, flags, std::ptr::null_mut()) }.into())?;
    Ok((tid != 0).then_some(WaitStatus { tid: tid as i32, status }))
}
