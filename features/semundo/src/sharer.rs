//! The watchers: which task has which list, and when it leaves it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use watchers::{CloneFlags, Errno, FreeEvent, InitEvent, Task, task_data, task_watcher};

use crate::list::{List, Undo};

/// A task's share in a list; nothing until somebody needs one.
#[derive(Debug, Default)]
struct Share {
    list: RefCell<Option<Rc<List>>>,
    left: Cell<bool>,
}

task_data! {
    static SHARE: Share = |_task, _parent| Share::default();
}

impl Share {
    /// The list, made if there is none.
    fn list(&self) -> Rc<List> {
        Rc::clone(self.list.borrow_mut().get_or_insert_with(|| Rc::<List>::default().share()))
    }
}

/// Has `action` carried out when `task` is gone, and whoever shares its list (the threads of its process).
///
/// It runs on the supervisor's thread, inside the watchers of the last one's `free`.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use watchers::{Event, FreeEvent, Stillborn, Task, notify};
///
/// let (task, undone) = (Task::builder().build(), Rc::new(Cell::new(0)));
/// let count = undone.clone();
/// watchers_semundo::register(&task, move || count.set(count.get() + 1))?;
/// let wrong = watchers_semundo::register(&task, || unreachable!())?;
/// assert!(wrong.cancel());
///
/// let _ = notify(&task, Event::Free(&FreeEvent::stillborn(Stillborn::Denied)));
/// assert_eq!(undone.get(), 1);
/// # Ok::<(), watchers::Errno>(())
/// ```
///
/// # Errors
///
/// ESRCH: it is gone already, and nothing is carried out.
#[doc(alias = "SEM_UNDO")]
pub fn register(task: &Task, action: impl FnOnce() + 'static) -> Result<Undo, Errno> {
    let share = SHARE.get(task);
    if share.left.get() {
        return Err(Errno::ESRCH);
    }
    Ok(share.list().add(Box::new(action)))
}

/// Shares the parent's list, or has none.
#[task_watcher(init)]
fn semundo_copy(task: &Task, init: &InitEvent) {
    if let Some(parent) = task.parent()
        && init.flags.contains(CloneFlags::CLONE_SYSVSEM)
    {
        let shared = SHARE.get(&parent).list().share();
        SHARE.get(task).list.replace(Some(shared));
    }
}

/// Leaves it.
#[task_watcher(free)]
fn semundo_exit(task: &Task, _free: &FreeEvent) {
    let share = SHARE.get(task);
    if !share.left.replace(true)
        && let Some(list) = share.list.take()
    {
        list.leave();
    }
}
