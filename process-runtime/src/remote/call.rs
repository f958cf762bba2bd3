//! What a watcher can have a stopped task do.

use watchers::Errno;

use super::CallError;
use super::journey::{Wanted, travel};
use super::scratch::{self, Scratch};
use crate::arch;
use crate::inspect::Inspect;
use crate::syscall::failure;

impl Inspect<'_> {
    /// Has the stopped task itself make a system call, now, and answers the call's result.
    ///
    /// This is for what only a task can do for itself: its memory policy, its resource group, a look through
    /// its own descriptors. `number` and `args` are those of the kernel (`libc::SYS_*`).
    ///
    /// | event | task | |
    /// |---|---|---|
    /// | `init` | its `parent()`, at the entry of its fork | yes; the fork goes on afterwards, or is refused |
    /// | `clone` | the new task | yes, before its first instruction |
    /// | | its `parent()`, inside the fork | [`CallError::InFork`] |
    /// | `exec` | the task | yes, before the new program's first instruction |
    /// | `uid`, `gid`, `creds` | the task | yes, after its call |
    /// | `exit` | the task | [`CallError::Dying`]: the kernel does not let it back |
    /// | `report_signal` of an engine | the task | [`CallError::InSignal`] where there is a signal |
    /// | `group_dead`, `free`, and whatever is `late` | | there is no stop |
    ///
    /// The task does not notice. Its registers, its memory and its signal mask are as before; a call that a
    /// signal has interrupted goes on as it would have. Signals that arrive meanwhile stay in their queues and
    /// are delivered afterwards, in their order and with all that came with them (those of the whole process
    /// may go to another of its threads, as ever). In a stop of its group the task makes the call all the same,
    /// for a moment in which /proc shows that it runs, and stays stopped afterwards.
    /// Our own filter does not stop the call, and no event is told of what it does: a `setuid` made here is
    /// told to nobody. What changes the signal mask is undone.
    ///
    /// The supervisor waits for the call: one that blocks holds up every task of it.
    ///
    /// ```
    /// use process_runtime::TaskExt;
    /// use watchers::{CloneEvent, Task, task_watcher};
    ///
    /// /// Its timers may be late by a second: pleasant for a battery.
    /// #[task_watcher(clone)]
    /// fn unhurried(task: &Task, _clone: &CloneEvent) {
    ///     let Some(stopped) = task.stopped() else { return };
    ///     let slack = [libc::PR_SET_TIMERSLACK as u64, 1_000_000_000, 0, 0, 0, 0];
    ///     if let Err(error) = stopped.call(libc::SYS_prctl, slack) {
    ///         eprintln!("{:?} stays in a hurry: {error}", task.tid());
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError::Failed`] with the call's own errno; a seccomp filter of the task's own may be who gave it,
    /// and one that kills for the call kills the task. The other kinds say why the call was not made.
    #[doc(alias("inject", "remote"))]
    pub fn call(&self, number: i64, args: [u64; 6]) -> Result<i64, CallError> {
        if self.origin.is_delivering() {
            return Err(CallError::InSignal);
        }
        self.answer(Wanted { number, args })
    }

    /// As [`call`](Inspect::call), for a call that takes some of its arguments by reference, or answers by one:
    /// `bytes` are copied into the task, the call is made with the arguments that `args` gives for their
    /// address there, and what the call has left is copied back.
    ///
    /// They lie below the task's stack, aligned to 64 bytes, and what was there before is put back, also where
    /// the call fails.
    ///
    /// ```
    /// use process_runtime::{CallError, Inspect};
    ///
    /// /// The real, effective and saved user id, as the task itself sees them in its user namespace.
    /// fn ids(stopped: &Inspect<'_>) -> Result<[u32; 3], CallError> {
    ///     let mut ids = [[0; 4]; 3];
    ///     let args = |address| [address, address + 4, address + 8, 0, 0, 0];
    ///     stopped.call_with(libc::SYS_getresuid, ids.as_flattened_mut(), args)?;
    ///     Ok(ids.map(u32::from_ne_bytes))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`call`](Inspect::call). [`CallError::Memory`] with EFAULT: more than 2048 bytes, or no room below
    /// its stack; with EPERM: it is not dumpable and we are not privileged.
    pub fn call_with(
        &self,
        number: i64,
        bytes: &mut [u8],
        args: impl FnOnce(u64) -> [u64; 6],
    ) -> Result<i64, CallError> {
        if self.origin.is_delivering() {
            return Err(CallError::InSignal);
        }
        if bytes.len() > scratch::MOST {
            return Err(CallError::Memory(Errno::EFAULT));
        }
        let registers = arch::registers(self.tid).map_err(CallError::of_request)?;
        let scratch = Scratch::borrow(self.tid, &registers, bytes)?;
        let result = self.answer(Wanted { number, args: args(scratch.address) });
        let copied = scratch.read(bytes);
        scratch.give_back();
        result.and_then(|result| copied.map(|()| result))
    }

    fn answer(&self, wanted: Wanted) -> Result<i64, CallError> {
        if self.origin.detours.has_put_off(self.tid) {
            return Err(CallError::Killed);
        }
        self.origin.begin_other_business();
        let result = travel(self.tid, &self.origin.detours, wanted)?;
        failure(result).map_or(Ok(result), |errno| Err(CallError::Failed(errno)))
    }
}
