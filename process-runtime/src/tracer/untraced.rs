//! Stage 4 for CLONE_UNTRACED: the flag is taken away before the call, and whatever that changed is put back after it.
//!
//! With the flag, the child would run without a tracer but with our filter, and its watched calls would fail with ENOSYS.
//! clone(2) has its flags in a register. clone3(2) has them in memory, which another thread may write in the very call; so
//! it is made as the clone that means the same. Some of what clone3 can do clone cannot; then the memory is changed.
//!
//! KERNEL: a call that a tracer has exchanged at a seccomp stop is shown to the filters again, and ours lets it pass
//! (kernel/seccomp.c `__seccomp_filter`).

use watchers::CloneFlags;

use crate::arch;
use crate::syscall::{Call, Entry};
use crate::task::{CloneCall, Restore};
use crate::tracee::Stopped;

/// CLONE_DETACHED (linux/sched.h): means nothing to clone, and is an error in clone3.
const CLONE_DETACHED: u64 = 0x0040_0000;
/// CSIGNAL (linux/sched.h): where clone has its exit signal; an error in the flags of clone3.
const CSIGNAL: u64 = 0xff;
/// The size of the first `struct clone_args` (linux/sched.h CLONE_ARGS_SIZE_VER0).
const SMALLEST: u64 = 64;
/// _NSIG.
const HIGHEST_SIGNAL: u64 = 64;

/// Takes the flag away. What is to be put back, if that has changed anything.
pub(super) fn keep_traced(
    stopped: &Stopped,
    entry: &Entry,
    call: Call,
    flags: CloneFlags,
) -> Option<Restore> {
    match flags.contains(CloneFlags::CLONE_UNTRACED) {
        true => take_flag_away(stopped, entry, call),
        false => None,
    }
}

#[cold]
fn take_flag_away(stopped: &Stopped, entry: &Entry, call: Call) -> Option<Restore> {
    let home = stopped.registers().ok().map(Box::new)?;
    if call == Call::Clone {
        let traced = entry.args[0] & !CloneFlags::CLONE_UNTRACED;
        stopped.set_first_argument(entry.audit_arch, traced).ok()?;
        return Some(Restore::Registers(home));
    }
    if let Some(args) = as_clone(stopped, entry) {
        stopped.set_registers(&arch::call_instead(&home, libc::SYS_clone, args)).ok()?;
        return Some(Restore::Registers(home));
    }
    let address = entry.args[0];
    let [word] = stopped.words(address)?;
    stopped.set_word(address, word & !CloneFlags::CLONE_UNTRACED).ok()?;
    Some(Restore::Memory { address, word })
}

/// The arguments of the clone that means the same as this clone3, but for the flag.
///
/// KERNEL: struct clone_args is flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
/// set_tid_size, cgroup; clone has one argument for pidfd and parent_tid, and one for the flags and the signal, and what clone3
/// refuses it may take (clone(2); kernel/fork.c `clone3_args_valid`).
fn as_clone(stopped: &Stopped, entry: &Entry) -> Option<[u64; 6]> {
    let [address, size, ..] = entry.args;
    if entry.audit_arch != arch::NATIVE || size < SMALLEST {
        return None;
    }
    let [flags, pidfd, child_tid, parent_tid, signal, stack, stack_size, tls]: [u64; 8] =
        stopped.words(address)?;
    let rest_is_empty = match size {
        SMALLEST => true,
        80 => stopped.words(address + SMALLEST)? == [0, 0],
        88 => stopped.words(address + SMALLEST)? == [0, 0, 0],
        _ => false,
    };
    let has = |flag: u64| flags & flag != 0;
    let only_clone3 = flags > u64::from(u32::MAX) || has(CLONE_DETACHED | CSIGNAL);
    let two_places = has(CloneFlags::CLONE_PIDFD) && has(CloneFlags::CLONE_PARENT_SETTID);
    let two_signals = has(CloneFlags::CLONE_THREAD | CloneFlags::CLONE_PARENT) && signal != 0;
    let half_a_stack = (stack == 0) != (stack_size == 0);
    if !rest_is_empty || only_clone3 || two_places || two_signals || half_a_stack || signal > HIGHEST_SIGNAL {
        return None;
    }
    let place = if has(CloneFlags::CLONE_PIDFD) { pidfd } else { parent_tid };
    let flags = flags & !CloneFlags::CLONE_UNTRACED | signal;
    Some([flags, stack.checked_add(stack_size)?, place, child_tid, tls, entry.args[5]])
}

/// Puts back what [`keep_traced`] changed, for whoever made the call.
pub(super) fn undo(creator: &Stopped, call: &CloneCall) {
    if let Some(restore) = &call.restore {
        put_back(creator, restore);
    }
}

#[cold]
fn put_back(stopped: &Stopped, restore: &Restore) {
    match restore {
        Restore::Registers(home) => restore_registers(stopped, home),
        // A creator that was killed meanwhile does not read it.
        Restore::Memory { address, word } => drop(stopped.set_word(*address, *word)),
    }
}

/// The same for the child, which has a copy of it all.
pub(super) fn undo_in_child(child: &Stopped, call: &CloneCall) {
    match &call.restore {
        Some(Restore::Memory { .. }) if call.flags.contains(CloneFlags::CLONE_VM) => {}
        _ => undo(child, call),
    }
}

fn restore_registers(stopped: &Stopped, home: &arch::Registers) {
    // ESRCH: it was killed meanwhile, and runs no more.
    let _ = stopped.registers().and_then(|now| stopped.set_registers(&arch::as_called(&now, home)));
}
