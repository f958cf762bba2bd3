//! The log that the environment names, for supervisors that have none of their own.

use std::env;
use std::rc::Rc;

use watchers::{Errno, Task, task_data};

use crate::Audit;

task_data! {
    /// Each command opens the file, and its tree shares it.
    static NAMED: Option<Result<Rc<Audit>, Errno>> = |task, parent| match parent {
        Some(parent) => NAMED.get(parent).clone(),
        None if task.data::<Audit>().is_some() => None,
        None => open(),
    };
}

fn open() -> Option<Result<Rc<Audit>, Errno>> {
    let path = env::var_os("WATCHERS_AUDIT")?;
    Some(Audit::append_to(&path).map(Rc::new).map_err(|error| {
        eprintln!("audit: {}: {error}", path.display());
        Errno::from_raw(error.raw_os_error().unwrap_or(Errno::EIO.as_raw()))
    }))
}

impl Audit {
    /// The log that is kept of the task, if one is.
    pub(crate) fn of(task: &Task) -> Result<Option<&Audit>, Errno> {
        if let Some(audit) = task.data::<Audit>() {
            return Ok(Some(audit));
        }
        match NAMED.get(task) {
            Some(Ok(audit)) => Ok(Some(audit)),
            Some(Err(errno)) => Err(*errno),
            None => Ok(None),
        }
    }
}
