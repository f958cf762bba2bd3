//! The birth of the doorbell: a process that does nothing but can be signalled.
//!
//! It shares our memory and our descriptor table (CLONE_VM, CLONE_FILES), so that it costs a kernel task
//! and a page of stack, and holds no pipe of the host's open. Its exit signal is 0: no wait of the host's
//! sees it unless it asks for `__WCLONE` or `__WALL`.
#![allow(unsafe_code, reason = "clone(2) with a stack of our own")]

use std::mem::ManuallyDrop;

use libc::{c_int, c_void};
use watchers::{Errno, Tid};

use super::check;
use crate::arch;

const STACK: usize = 16 * 1024;

/// The stack that a doorbell runs on; it must outlive the doorbell.
pub(crate) struct Stack(ManuallyDrop<Box<[u128]>>);

impl Stack {
    fn new() -> Stack {
        Stack(ManuallyDrop::new(vec![0u128; STACK / size_of::<u128>()].into_boxed_slice()))
    }

    /// Gives the memory back, once the doorbell has been reaped.
    pub(crate) fn free(self) {
        drop(ManuallyDrop::into_inner(self.0));
    }
}

/// Dies with who has made it, whose pid it is given, also before that is its tracer.
///
/// KERNEL: the signal comes when the thread that has made it ends (PR_SET_PDEATHSIG(2const)); if it has ended already, somebody else is the
/// parent. The parent is 0 where it is in another pid namespace.
extern "C" fn sleep_for_ever(parent: *mut c_void) -> c_int {
    let signal = libc::SIGKILL as usize;
    // SAFETY: the calls take numbers, and touch neither errno nor anything else of ours.
    unsafe {
        arch::call_kernel(libc::SYS_prctl, [libc::PR_SET_PDEATHSIG as usize, signal, 0, 0, 0, 0]);
        let now = arch::call_kernel(libc::SYS_getppid, [0; 6]);
        if now != 0 && now != parent as isize {
            arch::call_kernel(libc::SYS_exit_group, [0; 6]);
        }
    }
    arch::pause_for_ever()
}

/// Makes a doorbell process, not yet traced.
pub(crate) fn clone() -> Result<(Tid, Stack), Errno> {
    let mut stack = Stack::new();
    let top = stack.0.as_mut_ptr_range().end.cast::<c_void>();
    let flags = libc::CLONE_VM | libc::CLONE_FILES | libc::CLONE_FS;
    // SAFETY: the stack is 16-aligned and stays allocated until the caller frees it after the process's
    // death; the function makes system calls through inline assembly and so touches neither errno nor any
    // thread-local of the thread whose memory it shares.
    let tid = check(unsafe { libc::clone(sleep_for_ever, top, flags, own_pid()) }.into());
    match tid.map(|tid| Tid::from_raw(tid as i32)) {
        Ok(Some(tid)) => Ok((tid, stack)),
        Ok(None) => Err(Errno::ESRCH),
        Err(errno) => {
            stack.free();
            Err(errno)
        }
    }
}

/// As the one argument of what is cloned.
fn own_pid() -> *mut c_void {
    std::ptr::without_provenance_mut(rustix::process::getpid().as_raw_nonzero().get() as usize)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::proc::has_ended;

    /// Its maker is killed before it has seized it.
    #[test]
    fn it_dies_with_who_has_made_it() {
        for _ in 0..20 {
            let (mut from, mut to) = std::io::pipe().unwrap();
            // SAFETY: the child makes system calls, and a box, and is killed.
            let maker = unsafe { libc::fork() };
            if maker == 0 {
                let tid = clone().map_or(0, |(tid, _)| tid.as_raw());
                let _ = to.write_all(&tid.to_ne_bytes());
                // SAFETY: numbers.
                unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
            }
            let mut tid = [0; 4];
            from.read_exact(&mut tid).unwrap();
            let tid = Tid::from_raw(i32::from_ne_bytes(tid)).unwrap();
            // SAFETY: no status is asked for.
            unsafe { libc::waitpid(maker, std::ptr::null_mut(), 0) };
            let begin = Instant::now();
            while !has_ended(tid) {
                assert!(begin.elapsed() < Duration::from_secs(30), "{tid} lives on");
                std::thread::yield_now();
            }
        }
    }
}
