//! What is to be done before a task's next user instruction, and what it sees.

use std::fmt;

use watchers::Task;

use crate::inspect::{Inspect, TaskExt};

/// Work of a user's.
pub(crate) type Work = Box<dyn FnOnce(&mut Resumption<'_>) + Send>;

/// The stop at which work is done that was given to [`Handle::notify_resume`](crate::Handle::notify_resume).
///
/// The task does not run as long as the work does, and its registers and memory can be changed. It is about to be in user
/// mode, where all that is due before that has been done: the system call, of which the result is in its register, and the
/// signals, so that the frame of a handler is on the stack.
///
/// ```
/// use process_runtime::{Resumption, Role, Way};
///
/// /// Where a task goes on.
/// fn instruction(at: &mut Resumption<'_>) -> Option<u64> {
///     match at.way() {
///         Way::ToUserMode => at.stopped()?.register(Role::Instruction).ok(),
///         _ => None,
///     }
/// }
/// ```
#[doc(alias("tracehook_notify_resume", "resume_user_mode_work"))]
pub struct Resumption<'t> {
    task: &'t Task,
    way: Way,
}

/// Where a task is going when its work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// To its next user instruction.
    ToUserMode,
    /// To its death, before it came to user mode: it is stopped for its exit, and its memory is still there.
    #[doc(alias = "exit_task_work")]
    ToExit,
    /// It was killed without a stop, and is gone; or its tree was let go. There is nothing to look at.
    Gone,
}

impl<'t> Resumption<'t> {
    pub(crate) fn new(task: &'t Task, way: Way) -> Resumption<'t> {
        Resumption { task, way }
    }

    /// The task. More work for it, by [`TaskExt::notify_resume`], is done before it runs, too.
    pub fn task(&self) -> &'t Task {
        self.task
    }

    /// Its registers and memory; `None` where it is [`Gone`](Way::Gone).
    pub fn stopped(&self) -> Option<Inspect<'t>> {
        self.task.stopped()
    }

    /// Where it is going.
    pub fn way(&self) -> Way {
        self.way
    }
}

impl fmt::Debug for Resumption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resumption").field("task", &self.task.id()).field("way", &self.way).finish()
    }
}
