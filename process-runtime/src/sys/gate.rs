//! What a command does between fork and exec: put things back, install the filter, report its pid, wait
//! until it is traced.
//!
//! Waiting comes last: the next system call after it is std's exec, so the tracer can tell a failed exec
//! from what follows it.
//!
//! Runs in a child of a multi-threaded process, so only async-signal-safe calls are made and nothing is
//! allocated. It is the last of the command's `pre_exec` steps: what the caller's own steps do happens
//! before the tracer sees the task.
#![allow(unsafe_code, reason = "raw descriptors and identities between fork and exec")]

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use watchers::Errno;

use super::capability::{self, Held};
use super::signal::Mask;
use super::{check, seccomp, startup};
use crate::filter::Instruction;

/// Written to the report pipe in place of the pid when the filter could not be installed.
pub(crate) const FILTER_FAILED: i32 = -1;

/// The child's side of the gate. In the parent, its descriptors are closed with the command.
pub(crate) struct Gate {
    pub(crate) report: OwnedFd,
    pub(crate) go: OwnedFd,
    /// The supervisor's ends of the two pipes, of which the fork copies the descriptors.
    pub(crate) theirs: [RawFd; 2],
    pub(crate) mask: Mask,
    pub(crate) program: Vec<Instruction>,
}

/// Adds the gate to `command`, as its last step before exec.
pub(crate) fn install(command: &mut Command, gate: Gate) {
    let before = Identity::current();
    let sigpipe_ignored = startup::sigpipe_stays_ignored();
    // SAFETY: the closure makes async-signal-safe calls only and allocates nothing: it reads memory that
    // was prepared before the fork.
    unsafe { command.pre_exec(move || pass(&gate, &before, sigpipe_ignored)) };
}

fn pass(gate: &Gate, before: &Identity, sigpipe_ignored: bool) -> io::Result<()> {
    close_what_is_theirs(gate);
    close_what_was_closed();
    startup::ignore_what_was_ignored(sigpipe_ignored);
    let held = Held::look();
    // KERNEL: calls that the filter stops fail with ENOSYS while there is no tracer; none is made from here
    // to the gate.
    if !gate.program.is_empty() {
        filter(gate, before)?;
    }
    restore_capabilities(before, &held);
    gate.mask.install();
    // SAFETY: getpid has no arguments and cannot fail.
    send(gate.report.as_raw_fd(), unsafe { libc::getpid() })?;
    wait_for_go(gate.go.as_raw_fd())
}

/// Without this, the supervisor's end of a pipe would not be its last one, and nobody would hear of its end.
///
/// A step of the caller's own may have put another file under the number: that is left alone.
fn close_what_is_theirs(gate: &Gate) {
    let [report, go] = gate.theirs;
    for (theirs, ours) in [(report, gate.report.as_raw_fd()), (go, gate.go.as_raw_fd())] {
        if is_same_file(theirs, ours) {
            // SAFETY: the descriptor is this process's own copy of one that its parent owns, and exec follows.
            unsafe { libc::close(theirs) };
        }
    }
}

/// KERNEL: both ends of a pipe are one inode (fs/pipe.c `create_pipe_files`).
fn is_same_file(one: RawFd, other: RawFd) -> bool {
    let file = |fd| stat(fd).map(|stat| (stat.st_dev, stat.st_ino));
    file(one).is_some_and(|one| file(other) == Some(one))
}

fn stat(fd: RawFd) -> Option<libc::stat> {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: fstat writes the live local.
    let known = unsafe { libc::fstat(fd, stat.as_mut_ptr()) } == 0;
    // SAFETY: plain numbers, zeroed.
    known.then(|| unsafe { stat.assume_init() })
}

fn filter(gate: &Gate, before: &Identity) -> io::Result<()> {
    if Identity::current() != *before {
        capability::raise_sys_admin();
    }
    let installed = match seccomp::install(&gate.program) {
        Err(Errno::EACCES) => seccomp::set_no_new_privs().and_then(|()| seccomp::install(&gate.program)),
        other => other,
    };
    installed.map_err(|errno| {
        let _ = send(gate.report.as_raw_fd(), FILTER_FAILED)
            .and_then(|()| send(gate.report.as_raw_fd(), errno.as_raw()));
        io::Error::from_raw_os_error(errno.as_raw())
    })
}

/// Ends what [`capability::keep_over_setuid`] began, with the result that the kernel's own rule gives, unless a
/// step of the caller's has kept capabilities for itself.
fn restore_capabilities(before: &Identity, held: &Held) {
    let now = Identity::current();
    if before.has_root() && !now.has_root() && !held.by_choice() {
        capability::drop_all();
    } else if now != *before {
        // The kernel's rule for the effective set is not changed by keeping: only the filter was in between.
        held.restore_effective();
    }
    capability::keep_no_longer();
}

/// Closes a standard descriptor that was closed when we began and that Rust's runtime opened.
///
/// The runtime opens `/dev/null` for reading and writing; `Stdio::null()` opens it for one of the two, so
/// the access mode tells a descriptor that the caller asked for from one that nobody did.
fn close_what_was_closed() {
    for fd in (0..3).filter(|&fd| startup::was_closed(fd)) {
        if is_null_device(fd) {
            // SAFETY: the descriptor is this process's own copy, and exec follows.
            unsafe { libc::close(fd) };
        }
    }
}

fn is_null_device(fd: RawFd) -> bool {
    // SAFETY: F_GETFL takes a number.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    let is_null = |stat: libc::stat| stat.st_rdev == libc::makedev(1, 3);
    flags & libc::O_ACCMODE == libc::O_RDWR && stat(fd).is_some_and(is_null)
}

fn send(fd: RawFd, word: i32) -> io::Result<()> {
    let bytes = word.to_ne_bytes();
    // SAFETY: writes four bytes of a live local; a pipe takes so few at once.
    let written = check(unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) } as i64);
    written.map(drop).map_err(io::Error::from)
}

fn wait_for_go(fd: RawFd) -> io::Result<()> {
    let mut byte = 0u8;
    loop {
        // SAFETY: reads at most one byte into the live local.
        match check(unsafe { libc::read(fd, (&raw mut byte).cast(), 1) } as i64) {
            Ok(1) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
            // The supervisor closed its end: it could not, or no longer wants to, trace us.
            Ok(_) => return Err(io::Error::from_raw_os_error(libc::ECANCELED)),
        }
    }
}

/// The user ids that decide what the kernel does to capabilities.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    real: u32,
    effective: u32,
    saved: u32,
}

impl Identity {
    fn current() -> Identity {
        let (mut real, mut effective, mut saved) = (0, 0, 0);
        // SAFETY: writes three live locals.
        unsafe { libc::getresuid(&raw mut real, &raw mut effective, &raw mut saved) };
        Identity { real, effective, saved }
    }

    fn has_root(&self) -> bool {
        self.real == 0 || self.effective == 0 || self.saved == 0
    }
}
