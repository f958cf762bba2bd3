//! The watchers: a task sets its own policy before it runs.

use process_runtime::{CallError, TaskExt};
use watchers::{CloneEvent, Errno, InitEvent, Task, task_data, task_watcher};

use crate::{Mempolicy, Policy};

task_data! {
    /// What the environment asks for, in supervisors that say nothing themselves. Only commands ask.
    static ASKED: Option<Result<Mempolicy, Errno>> = |task, parent| match (parent, task.data::<Mempolicy>()) {
        (None, None) => Mempolicy::of_environment(),
        _ => None,
    };
}

/// The settings that the task is born under.
fn settings(task: &Task) -> Result<Option<&Mempolicy>, Errno> {
    match (task.data::<Mempolicy>(), ASKED.get(task)) {
        (Some(settings), _) | (None, Some(Ok(settings))) => Ok(Some(settings)),
        (None, Some(Err(errno))) => Err(*errno),
        (None, None) => Ok(None),
    }
}

/// Refuses a command whose policy the machine cannot have.
#[task_watcher(init)]
fn mempolicy_copy(task: &Task, _init: &InitEvent) -> Result<(), Errno> {
    let policy = settings(task)?.and_then(Mempolicy::of_commands);
    match policy.filter(|_| task.parent_id().is_none()) {
        Some(policy) => policy.check().inspect_err(|errno| eprintln!("mempolicy: {policy}: {errno}")),
        None => Ok(()),
    }
}

/// Has the new task set its policy.
#[task_watcher(clone)]
fn mempolicy_set(task: &Task, _clone: &CloneEvent) {
    let Ok(Some(settings)) = settings(task) else { return };
    let (Some(policy), Some(stopped)) = (settings.of_task(task), task.stopped()) else { return };
    match set(&stopped, &policy) {
        // It was killed meanwhile, or is about to die.
        Ok(()) | Err(CallError::Killed | CallError::Dying) => {}
        Err(error) => eprintln!("mempolicy: {:?} has not {policy}: {error}", task.tid()),
    }
}

/// KERNEL: of the length in bits, one is never looked at (mm/mempolicy.c `get_nodes`).
fn set(stopped: &process_runtime::Inspect<'_>, policy: &Policy) -> Result<(), CallError> {
    let mut nodes = policy.nodes().to_ne_bytes();
    let bits = u64::from(u64::BITS) + 1;
    let by_reference = |address| match policy.nodes() {
        0 => [policy.mode(), 0, 0, 0, 0, 0],
        _ => [policy.mode(), address, bits, 0, 0, 0],
    };
    stopped.call_with(libc::SYS_set_mempolicy, &mut nodes, by_reference).map(drop)
}
