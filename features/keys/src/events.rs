//! The watcher: rings follow their tasks.

use watchers::{Event, Task, task_watcher};

use crate::ring::Ring;
use crate::store::{executed, with};

/// Rings at exec and at changes of ids. What a new task has is said where its rings are made, and what is lost at `free` is wiped as the
/// task's data is dropped.
///
/// KERNEL: only the thread's ring follows, and only where the fs id has changed (kernel/cred.c `commit_creds`, security/keys/process_keys.c
/// `key_fsuid_changed`).
#[task_watcher(exec, uid, gid)]
fn keys(task: &Task, event: Event<'_>) {
    match event {
        Event::Exec(_) => executed(task),
        Event::Uid(uid) if uid.old.fs != uid.new.fs => {
            with(task, Ring::Thread, |ring| ring.follow(|owner| owner.uid = uid.new.fs));
        }
        Event::Gid(gid) if gid.old.fs != gid.new.fs => {
            with(task, Ring::Thread, |ring| ring.follow(|owner| owner.gid = gid.new.fs));
        }
        _ => {}
    }
}
