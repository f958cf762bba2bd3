//! What an exec loaded, read from the stopped task when a watcher asks.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use watchers::{ExecImage, Tid};

use crate::auxiliary::Auxiliary;
use crate::inspect::strings;
use crate::sys::memory;

/// PATH_MAX of linux/limits.h.
const LONGEST_PATH: usize = 4096;

/// The image of one task, as long as the task is stopped at its exec.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) tid: Tid,
}

impl ExecImage for Image {
    /// KERNEL: the path as named stands at AT_EXECFN on the new stack; for a script it is the script
    /// (fs/exec.c `bprm->exec`).
    fn path(&self) -> Option<OsString> {
        let address = Auxiliary::read(self.tid)?.value(Auxiliary::EXECFN)?;
        let mut path = vec![0u8; LONGEST_PATH];
        let read = memory::read(self.tid, address, &mut path).ok()?;
        path.truncate(read);
        let end = path.iter().position(|byte| *byte == 0)?;
        path.truncate(end);
        Some(OsString::from_vec(path))
    }

    fn exe(&self) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/exe", self.tid)).ok()
    }

    fn cwd(&self) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/cwd", self.tid)).ok()
    }

    fn argv(&self) -> Option<Vec<OsString>> {
        strings(self.tid, "cmdline")
    }

    fn environ(&self) -> Option<Vec<OsString>> {
        strings(self.tid, "environ")
    }
}
