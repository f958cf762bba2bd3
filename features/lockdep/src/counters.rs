//! What a supervisor has given to a task, by name.

use std::cell::RefCell;

use watchers::{Errno, Task, task_data};

task_data! {
    /// Empty for every new task: the kernel's `lockdep_depth = 0`.
    static TAKEN: RefCell<Vec<String>> = |_task, _parent| RefCell::default();
}

/// Notes that `task` has taken `name`, once more if it has it already.
///
/// ```
/// use watchers::{Errno, Task};
/// use watchers_lockdep::{depth, release, take};
///
/// let task = Task::builder().build();
/// take(&task, "lease");
/// take(&task, "device");
/// assert_eq!(depth(&task), 2);
/// assert_eq!(release(&task, "lease"), Ok(()));
/// assert_eq!(release(&task, "lease"), Err(Errno::EPERM));
/// assert_eq!(depth(&task), 1);
/// ```
pub fn take(task: &Task, name: impl Into<String>) {
    TAKEN.get(task).borrow_mut().push(name.into());
}

/// Notes that `task` has given `name` back, the last one of this name; in any order of names.
///
/// # Errors
///
/// EPERM: it does not have it, as for a mutex that somebody else has locked (pthread_mutex_unlock(3)).
pub fn release(task: &Task, name: &str) -> Result<(), Errno> {
    let mut taken = TAKEN.get(task).borrow_mut();
    let at = taken.iter().rposition(|other| other == name).ok_or(Errno::EPERM)?;
    taken.remove(at);
    Ok(())
}

/// How many things it has.
#[doc(alias = "lockdep_depth")]
pub fn depth(task: &Task) -> usize {
    TAKEN.get(task).borrow().len()
}

/// What it has, last taken first; it has nothing any more.
pub(crate) fn confiscate(task: &Task) -> Vec<String> {
    TAKEN.get(task).take().into_iter().rev().collect()
}
