//! [`Life`]: what is known of a task, so that its last line can say it when nothing is left to ask.

use std::cell::RefCell;
use std::fs;

use watchers::{Task, task_data};

use crate::record::{FourIds, Who, now};
use crate::text::Text;

/// What the next line about the task says of it.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) started_ns: u64,
    pub(crate) ppid: Option<i32>,
    pub(crate) login: Option<u32>,
    pub(crate) uid: Option<FourIds>,
    pub(crate) gid: Option<FourIds>,
    pub(crate) path: Option<Text>,
}

task_data! {
    /// A new task is what its creator is.
    static LIFE: RefCell<Life> = |_task, parent| RefCell::new(match parent {
        Some(parent) => Life { started_ns: now(), ..LIFE.get(parent).borrow().clone() },
        None => Life { started_ns: now(), ppid: None, login: None, uid: None, gid: None, path: None },
    });
}

impl Life {
    pub(crate) fn of(task: &Task) -> &RefCell<Life> {
        LIFE.get(task)
    }

    /// Asks the kernel again who the task is; it is stopped, and there to be asked.
    pub(crate) fn look(task: &Task) {
        let mut life = LIFE.get(task).borrow_mut();
        if let Some(credentials) = task.credentials() {
            (life.uid, life.gid) = (Some(credentials.uid.into()), Some(credentials.gid.into()));
        }
        life.ppid = task.ppid().map(|ppid| ppid.as_raw());
        life.login = task.tid().and_then(|tid| {
            let login = fs::read_to_string(format!("/proc/{tid}/loginuid")).ok()?.trim().parse().ok()?;
            // KERNEL: nobody is -1 (include/linux/audit.h `AUDIT_UID_UNSET`).
            (login != u32::MAX).then_some(login)
        });
    }

    /// The task as a line has it.
    pub(crate) fn who(task: &Task) -> Who {
        let life = LIFE.get(task).borrow().clone();
        Who {
            task: task.id().as_raw(),
            tid: task.tid().map(|tid| tid.as_raw()),
            pid: task.pid().map(|pid| pid.as_raw()),
            ppid: life.ppid,
            login: life.login,
            uid: life.uid,
            gid: life.gid,
            path: life.path,
        }
    }
}
