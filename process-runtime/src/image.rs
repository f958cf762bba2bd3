//! What an exec loaded, read from the stopped task when a watcher asks.

use std::cell::Cell;
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

/// The image that is being told of. One for all execs of a supervisor, as long as nobody keeps an event: who does finds nothing in it
/// when the task has gone on.
#[derive(Debug, Default)]
pub(crate) struct Image {
    /// Who is stopped at its exec.
    tid: Cell<Option<Tid>>,
}

impl Image {
    /// This task is stopped at its exec, or nobody.
    pub(crate) fn show(&self, tid: Option<Tid>) {
        self.tid.set(tid);
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/{name}", self.tid.get()?)).ok()
    }
}

impl ExecImage for Image {
    /// KERNEL: the path as named stands at AT_EXECFN on the new stack; for a script it is the script
    /// (fs/exec.c `bprm->exec`).
    fn path(&self) -> Option<OsString> {
        let tid = self.tid.get()?;
        let address = Auxiliary::read(tid)?.value(Auxiliary::EXECFN)?;
        let mut path = vec![0u8; LONGEST_PATH];
        let read = memory::read(tid, address, &mut path).ok()?;
        path.truncate(read);
        let end = path.iter().position(|byte| *byte == 0)?;
        path.truncate(end);
        Some(OsString::from_vec(path))
    }

    fn exe(&self) -> Option<PathBuf> {
        self.file("exe")
    }

    fn cwd(&self) -> Option<PathBuf> {
        self.file("cwd")
    }

    fn argv(&self) -> Option<Vec<OsString>> {
        strings(self.tid.get()?, "cmdline")
    }

    fn environ(&self) -> Option<Vec<OsString>> {
        strings(self.tid.get()?, "environ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_nothing_to_see_when_its_task_has_gone_on() {
        let (image, me) = (Image::default(), Tid::from_raw(std::process::id() as i32));
        image.show(me);
        assert_eq!(image.exe(), std::env::current_exe().ok());
        assert!(image.path().is_some() && image.cwd().is_some());
        assert_eq!(image.argv().map(|argv| argv.len()), Some(std::env::args_os().count()));
        image.show(None);
        assert_eq!((image.path(), image.exe(), image.cwd()), (None, None, None));
        assert_eq!((image.argv(), image.environ()), (None, None));
    }
}
