//! [`Known`]: the libraries that were opened as modules, and are in memory.
//!
//! The loader answers by name: where the file has been replaced while the old library is in memory, it is the old one that comes, without
//! a word. So it is kept which file each is of.

use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use super::{ModuleError, load::Loaded};
use crate::linked::Identity;

/// The modules of this process, and the libraries of former ones that the loader keeps.
#[derive(Debug)]
pub(super) struct Known(Vec<One>);

#[derive(Debug)]
struct One {
    library: Identity,
    file: FileIdentity,
    module: Weak<Loaded>,
}

/// Which file it is, and in which state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
    len: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
}

/// Locked while a library is opened or closed: who asks whether one is mapped has an answer that is true then.
pub(super) fn lock() -> MutexGuard<'static, Known> {
    static KNOWN: Mutex<Known> = Mutex::new(Known(Vec::new()));
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    /// Forgets what has gone since: the next library may be where that was.
    pub(super) fn forget_the_gone(&mut self) {
        self.0.retain(|one| one.module.strong_count() > 0 || one.library.is_mapped());
    }

    /// The module that has this library, which was opened for this file, if any has.
    ///
    /// # Errors
    ///
    /// [`ModuleError::Replaced`]: the library is another file's.
    pub(super) fn find(
        &self,
        library: Identity,
        file: FileIdentity,
    ) -> Result<Option<Arc<Loaded>>, ModuleError> {
        match self.0.iter().find(|one| one.library == library) {
            Some(one) if one.file != file => Err(ModuleError::Replaced),
            // No other is upgraded: for a moment it would not be the last that has its module.
            Some(one) => Ok(one.module.upgrade()),
            None => Ok(None),
        }
    }

    /// A module that has this library from now on.
    pub(super) fn add(&mut self, library: Identity, file: FileIdentity, module: &Arc<Loaded>) {
        self.0.retain(|one| one.library != library);
        self.0.push(One { library, file, module: Arc::downgrade(module) });
    }
}

impl From<&Metadata> for FileIdentity {
    fn from(file: &Metadata) -> Self {
        Self {
            device: file.dev(),
            inode: file.ino(),
            len: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
        }
    }
}
