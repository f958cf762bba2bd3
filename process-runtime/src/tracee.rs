//! A stopped task, as a value: who has it may look at the task and must resume it.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use watchers::{Errno, Signal, Tid};

use crate::arch::{self, Registers};
use crate::engine::Siginfo;
use crate::sys::ptrace::{Queue, SignalInfo};
use crate::sys::{memory, ptrace};
use crate::syscall::{Call, Entry, SyscallPoint};

/// The right to touch one stopped task. Moved by `resume`; neither `Clone` nor `Send`.
///
/// A request on it fails with ESRCH in one case only: the task was killed. Then a wait status is coming,
/// and whatever we wanted no longer matters; so callers drop such results.
#[derive(Debug)]
#[must_use = "a stopped task stays stopped until it is resumed"]
pub(crate) struct Stopped {
    tid: Tid,
    not_send: PhantomData<*const ()>,
}

impl Stopped {
    /// For a task that a wait status has just told to be stopped.
    pub(crate) fn claim(tid: Tid) -> Stopped {
        Stopped { tid, not_send: PhantomData }
    }

    pub(crate) fn tid(&self) -> Tid {
        self.tid
    }

    /// At the entry of a system call: it is not made and returns `-errno`.
    pub(crate) fn skip_call(&self, errno: Errno) -> Result<(), Errno> {
        arch::skip_call(self.tid, errno)
    }

    /// At the entry of a system call: it is not made and has this result.
    pub(crate) fn answer_call(&self, result: i64) -> Result<(), Errno> {
        arch::answer_call(self.tid, result)
    }

    /// At the entry of a system call: which, as the registers say now.
    pub(crate) fn entry(&self) -> Option<Entry> {
        let info = ptrace::syscall_info(self.tid).ok()?;
        match info.at {
            SyscallPoint::Entry { number, args } => Some(Entry { audit_arch: info.audit_arch, number, args }),
            _ => None,
        }
    }

    /// At a SIGTRAP's delivery: whether the kernel has sent it because of a step.
    ///
    /// KERNEL: the code is TRAP_TRACE or TRAP_BRANCH, or TRAP_BRKPT behind a system call (arch/x86/kernel/traps.c
    /// `exc_debug`, arch/x86/kernel/ptrace.c `user_single_step_report`). A breakpoint's is SI_KERNEL.
    pub(crate) fn has_stepped(&self) -> bool {
        ptrace::signal_info(self.tid).is_ok_and(is_of_a_step)
    }

    /// Whether a SIGTRAP of a step is queued, which comes before all other signals.
    pub(crate) fn is_to_trap_after_a_step(&self) -> bool {
        let mut signals =
            (0..).map_while(|position| ptrace::queued_signal(self.tid, position).ok().flatten());
        signals.any(|info| info.signal == libc::SIGTRAP && is_of_a_step(info))
    }

    /// In a stop of its group: the signal that has stopped it.
    ///
    /// KERNEL: it is in the code of the stop, as in the wait status (kernel/signal.c `do_jobctl_trap`).
    pub(crate) fn group_stop(&self) -> Option<Signal> {
        Signal::from_raw(ptrace::signal_info(self.tid).ok()?.code & 0xff)
    }

    /// Whether it stands at the first instruction of a handler, to which it was stepped.
    ///
    /// KERNEL: that is no delivery of a signal, though it looks like one of a SIGTRAP; the code is SIGTRAP
    /// (kernel/signal.c `signal_delivered`).
    pub(crate) fn is_at_a_handler(&self) -> bool {
        ptrace::signal_info(self.tid).is_ok_and(|info| info.code == libc::SIGTRAP)
    }

    /// At a signal's delivery: what comes with it.
    pub(crate) fn siginfo(&self) -> Option<Siginfo> {
        ptrace::siginfo(self.tid).ok().and_then(Siginfo::from_bytes)
    }

    /// At a signal's delivery: replaces what comes with it. It counts if that very signal is delivered.
    pub(crate) fn set_siginfo(&self, info: &Siginfo) -> Result<(), Errno> {
        ptrace::set_siginfo(self.tid, info.as_bytes())
    }

    /// At a SIGTRAP's delivery: whether it comes of a trap instruction.
    ///
    /// KERNEL: SI_KERNEL, which nobody may send (arch/x86/kernel/traps.c `do_int3_user`, kernel/signal.c
    /// `do_rt_sigqueueinfo`).
    pub(crate) fn has_hit_a_trap(&self) -> bool {
        const SI_KERNEL: i32 = 0x80;
        ptrace::signal_info(self.tid).is_ok_and(|info| info.code == SI_KERNEL)
    }

    /// Has the task block these signals too.
    pub(crate) fn block(&self, signals: u64) -> Result<(), Errno> {
        ptrace::set_signal_mask(self.tid, ptrace::signal_mask(self.tid)? | signals)
    }

    /// Whether signals are queued, for the task or for its process, that it does not block.
    pub(crate) fn has_signals(&self) -> bool {
        [Queue::OfTheTask, Queue::OfTheProcess].into_iter().any(|queue| self.has_signals_in(queue))
    }

    fn has_signals_in(&self, queue: Queue) -> bool {
        let mut signals = (0..).map_while(|position| {
            ptrace::queued_signal_of(self.tid, queue, position).ok().flatten().map(|info| info.signal)
        });
        let Some(first) = signals.next() else { return false };
        let Ok(blocked) = ptrace::signal_mask(self.tid) else { return false };
        let is_free =
            |signal: i32| 1u64.checked_shl(signal.unsigned_abs() - 1).is_some_and(|bit| blocked & bit == 0);
        is_free(first) || signals.any(is_free)
    }

    /// At a signal's delivery: the call that the signal has made answer EINTR.
    pub(crate) fn interrupted_call(&self) -> Option<Call> {
        arch::interrupted_call(self.tid)
    }

    /// At a signal's delivery: the interrupted call is made again, unless a handler runs first.
    pub(crate) fn restart_call(&self) -> Result<(), Errno> {
        arch::restart_call(self.tid)
    }

    /// At the entry of a system call: replaces its first argument.
    pub(crate) fn set_first_argument(&self, audit_arch: u32, value: u64) -> Result<(), Errno> {
        arch::set_first_argument(self.tid, audit_arch, value)
    }

    /// The registers, as the task has them or will have them in user mode.
    pub(crate) fn registers(&self) -> Result<Registers, Errno> {
        arch::registers(self.tid)
    }

    /// Replaces the registers.
    pub(crate) fn set_registers(&self, registers: &Registers) -> Result<(), Errno> {
        arch::set_registers(self.tid, registers)
    }

    /// In a fork event: which call it was, and its first two arguments.
    pub(crate) fn clone_arguments(&self) -> Option<(Call, [u64; 2])> {
        arch::clone_arguments(self.tid).ok().flatten()
    }

    /// Reads exactly `N` 64-bit words.
    pub(crate) fn words<const N: usize>(&self, address: u64) -> Option<[u64; N]> {
        let mut words = [MaybeUninit::uninit(); N];
        memory::read_words(self.tid, address, &mut words).ok()?.try_into().ok()
    }

    /// At an exec: as much as `buffer` takes of what the kernel has put on the new stack.
    pub(crate) fn new_stack<'b>(&self, buffer: &'b mut [MaybeUninit<u64>]) -> Option<&'b [u64]> {
        let start = arch::stack_pointer(self.tid).ok()?;
        memory::read_words(self.tid, start, buffer).ok()
    }

    /// Replaces one word of memory, also where the task may only read.
    pub(crate) fn set_word(&self, address: u64, word: u64) -> Result<(), Errno> {
        ptrace::poke_data(self.tid, address, word)
    }
}

fn is_of_a_step(info: SignalInfo) -> bool {
    matches!(info.code, 1..=3)
}
