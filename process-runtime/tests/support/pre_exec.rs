//! Steps between fork and exec that a caller adds to a command: `CommandExt::pre_exec` is unsafe, and what
//! the runtime does with such commands must be tested, so this is, with
//! `spawn/steps.rs`, the one `unsafe` file of the tests.
#![allow(unsafe_code, reason = "CommandExt::pre_exec; the steps make one system call each")]

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, set_parent_process_death_signal};

/// The command asks for `signal` at its parent thread's end.
pub(crate) fn set_parent_death_signal(command: &mut Command, signal: i32) {
    let signal = Signal::from_named_raw(signal).unwrap();
    let step = move || set_parent_process_death_signal(Some(signal)).map_err(io::Error::from);
    // SAFETY: the step makes one system call and allocates nothing.
    unsafe { command.pre_exec(step) };
}

/// The command's own preparation fails with `errno`.
pub(crate) fn fail(command: &mut Command, errno: i32) {
    // SAFETY: the step makes no call at all.
    unsafe { command.pre_exec(move || Err(io::Error::from_raw_os_error(errno))) };
}

/// The command ends in its own preparation, without a word.
pub(crate) fn kill(command: &mut Command) {
    let step =
        || rustix::process::kill_process(rustix::process::getpid(), Signal::KILL).map_err(io::Error::from);
    // SAFETY: the step makes two system calls and allocates nothing.
    unsafe { command.pre_exec(step) };
}

/// The command's own preparation waits for a byte from `go`.
pub(crate) fn wait_for(command: &mut Command, go: OwnedFd) {
    let step = move || rustix::io::read(&go, &mut [0; 1]).map(drop).map_err(io::Error::from);
    // SAFETY: the step makes one system call and allocates nothing.
    unsafe { command.pre_exec(step) };
}
