//! Steps between fork and exec that a caller adds to a command: `CommandExt::pre_exec` is unsafe, and what
//! the runtime does with such commands must be tested, so this is the one `unsafe` file of the tests.
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

/// The command's own preparation makes it a process that only a privileged tracer may trace.
pub(crate) fn forbid_tracing(command: &mut Command) {
    let step = || {
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
            .map_err(io::Error::from)
    };
    // SAFETY: the step makes one system call and allocates nothing.
    unsafe { command.pre_exec(step) };
}

/// The command's own preparation writes its pid to stderr and waits for a byte of stdin.
pub(crate) fn announce_and_wait(command: &mut Command) {
    let step = || {
        let pid = rustix::process::getpid().as_raw_nonzero().get().to_ne_bytes();
        rustix::io::write(rustix::stdio::stderr(), &pid)?;
        rustix::io::read(rustix::stdio::stdin(), &mut [0; 1])?;
        Ok(())
    };
    // SAFETY: the step makes three system calls and allocates nothing.
    unsafe { command.pre_exec(step) };
}

/// As a host whose handler of SIGUSR1 writes, with nobody to read it.
pub(crate) fn write_at_sigusr1(command: &mut Command) {
    extern "C" fn handler(_: i32) {
        // SAFETY: a descriptor that is none, and eight bytes of a static.
        unsafe { libc::write(-1, b"handlers".as_ptr().cast(), 8) };
    }
    let step = || {
        // SAFETY: the handler makes one async-signal-safe call.
        unsafe { libc::signal(libc::SIGUSR1, handler as *const () as libc::sighandler_t) };
        Ok(())
    };
    // SAFETY: the step makes one system call and allocates nothing.
    unsafe { command.pre_exec(step) };
}

/// The command's own preparation changes from root to `uid` and keeps a capability all the same, for its exec
/// too: CAP_NET_RAW.
pub(crate) fn keep_net_raw(command: &mut Command, uid: u32) {
    use rustix::thread as own;
    let net_raw = own::CapabilitySet::NET_RAW;
    let step = move || {
        own::set_keep_capabilities(true)?;
        // SAFETY: setresuid takes three numbers.
        if unsafe { libc::setresuid(uid, uid, uid) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let sets = own::CapabilitySets { effective: net_raw, permitted: net_raw, inheritable: net_raw };
        own::set_capabilities(None, sets)?;
        own::configure_capability_in_ambient_set(net_raw, true)?;
        Ok(())
    };
    // SAFETY: the step makes a few system calls and allocates nothing.
    unsafe { command.pre_exec(step) };
}

/// The command's own preparation changes from root to `uid` with SECBIT_NO_SETUID_FIXUP: its
/// capabilities stay as they are until its exec.
pub(crate) fn keep_by_securebits(command: &mut Command, uid: u32) {
    let step = move || {
        let bits = rustix::thread::CapabilitiesSecureBits::NO_SETUID_FIXUP;
        rustix::thread::set_capabilities_secure_bits(bits)?;
        // SAFETY: setresuid takes three numbers.
        let changed = unsafe { libc::setresuid(uid, uid, uid) };
        if changed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    // SAFETY: the step makes two system calls and allocates nothing.
    unsafe { command.pre_exec(step) };
}
