//! Steps between fork and exec that only these tests add to a command; as `support/pre_exec.rs`, in which are
//! those that other tests need too.
#![allow(unsafe_code, reason = "CommandExt::pre_exec; the steps make a few system calls each")]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

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
