//! Which task has which rings, and what can be done with them.

use std::cell::RefCell;
use std::rc::Rc;

use watchers::{Task, task_data};

use crate::ring::{Keyring, Owner, Ring};

/// A ring that several tasks share.
type Shared = Rc<RefCell<Keyring>>;

task_data! {
    static THREAD: RefCell<Keyring> = |_task, _parent| RefCell::default();

    static PROCESS: Shared = |task, parent| match parent {
        Some(parent) if task.is_thread() => PROCESS.get(parent).clone(),
        _ => Rc::default(),
    };

    static SESSION: RefCell<Shared> = |_task, parent| RefCell::new(match parent {
        Some(parent) => SESSION.get(parent).borrow().clone(),
        None => Rc::default(),
    });
}

/// Gives the task a secret in one of its rings. A secret that had the name in this ring is wiped.
///
/// The secret is kept where it is, not copied: hand over the only copy.
///
/// ```
/// use watchers::Task;
/// use watchers_keys::{Ring, get, set};
///
/// let process = Task::builder().build();
/// set(&process, Ring::Process, "pin", vec![1, 2, 3]);
/// let thread = Task::builder().parent(&process).thread().build();
/// let child = Task::builder().parent(&process).build();
/// assert_eq!(get(&thread, "pin", |pin| pin.to_vec()), Some(vec![1, 2, 3]));
/// assert_eq!(get(&child, "pin", |pin| pin.to_vec()), None);
/// ```
#[doc(alias = "add_key")]
pub fn set(task: &Task, ring: Ring, name: &str, secret: Vec<u8>) {
    with(task, ring, |ring| ring.made_for(task).set(name, secret));
}

/// Lends the task's secret of this name to `use_it`: its thread's, or its process's, or its session's, whichever is first.
///
/// `None`: it has none.
///
/// # Panics
///
/// If `use_it` changes the ring that the secret is in.
#[doc(alias = "request_key")]
pub fn get<R>(task: &Task, name: &str, use_it: impl FnOnce(&[u8]) -> R) -> Option<R> {
    let thread = THREAD.get(task).borrow();
    if let Some(secret) = thread.get(name) {
        return Some(use_it(secret));
    }
    drop(thread);
    let process = PROCESS.get(task).borrow();
    if let Some(secret) = process.get(name) {
        return Some(use_it(secret));
    }
    drop(process);
    let session = SESSION.get(task).borrow().clone();
    let session = session.borrow();
    session.get(name).map(use_it)
}

/// Wipes the task's secret of this name in this ring, for all who share it; whether there was one.
#[doc(alias = "KEYCTL_REVOKE")]
pub fn revoke(task: &Task, ring: Ring, name: &str) -> bool {
    with(task, ring, |ring| ring.revoke(name))
}

/// Who one of the task's rings belongs to; `None` before the first secret is set in it, and where ids could not be read.
#[doc(alias = "KEYCTL_DESCRIBE")]
pub fn owner(task: &Task, ring: Ring) -> Option<Owner> {
    with(task, ring, |ring| ring.owner())
}

/// Gives the task, and who it makes from now on, a new and empty session ring.
#[doc(alias = "KEYCTL_JOIN_SESSION_KEYRING")]
pub fn join_session(task: &Task) {
    SESSION.get(task).take();
}

/// KERNEL: an exec keeps the session's ring alone: thread-keyring(7), process-keyring(7).
pub(crate) fn executed(task: &Task) {
    THREAD.get(task).take();
    PROCESS.get(task).take();
}

pub(crate) fn with<R>(task: &Task, ring: Ring, act: impl FnOnce(&mut Keyring) -> R) -> R {
    match ring {
        Ring::Thread => act(&mut THREAD.get(task).borrow_mut()),
        Ring::Process => act(&mut PROCESS.get(task).borrow_mut()),
        Ring::Session => {
            let session = SESSION.get(task).borrow().clone();
            act(&mut session.borrow_mut())
        }
    }
}
