//! [`Audit`]: a log as a supervisor has it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::log::Log;
use crate::record::Record;

/// A log that a supervisor's watchers write: [the crate](crate) says what is in it.
///
/// It is given to the supervisor as its [data](watchers::Task::data).
#[derive(Debug)]
pub struct Audit(Mutex<Log<File>>);

impl Audit {
    /// Appends to `path`, and makes the file, with mode 0600, if it is not there.
    ///
    /// # Errors
    ///
    /// Those of open(2): ENOENT: its folder is missing; EACCES, EROFS, EISDIR.
    pub fn append_to(path: impl AsRef<Path>) -> io::Result<Audit> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        Ok(Audit(Mutex::new(Log::new(file))))
    }

    pub(crate) fn write(&self, record: &Record) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(record);
    }
}
