//! What an exec loaded, read from the stopped task when a watcher asks.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use watchers::{ExecImage, Tid};

use crate::inspect::strings;
use crate::sys::memory;

/// AT_EXECFN: the address of the path that was given to execve(2).
const AT_EXECFN: u64 = 31;
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
        let address = auxiliary(self.tid, AT_EXECFN)?;
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

/// One value of the auxiliary vector; 32-bit programs have 32-bit entries.
fn auxiliary(tid: Tid, wanted: u64) -> Option<u64> {
    let bytes = fs::read(format!("/proc/{tid}/auxv")).ok()?;
    let wide = |chunk: &[u8]| Some(u64::from_ne_bytes(chunk.try_into().ok()?));
    let narrow = |chunk: &[u8]| Some(u64::from(u32::from_ne_bytes(chunk.try_into().ok()?)));
    // KERNEL: the vector begins with AT_SYSINFO or AT_SYSINFO_EHDR, whose number is small: a 64-bit entry
    // has its upper half zero.
    let is_wide = bytes.get(4..8).is_some_and(|upper| upper == [0; 4]);
    let words: Vec<u64> = if is_wide {
        bytes.chunks_exact(8).filter_map(wide).collect()
    } else {
        bytes.chunks_exact(4).filter_map(narrow).collect()
    };
    words.chunks_exact(2).find_map(|pair| match pair {
        [key, value] if *key == wanted => Some(*value),
        _ => None,
    })
}
