//! The file locks of a process, as long as its files are open.

use std::fs;
use std::path::Path;

use watchers::{Pid, Tid};

/// Each as its path and kind, sorted: `/run/lock (FLOCK)`.
pub(crate) fn of(pid: Pid, tid: Tid) -> Vec<String> {
    // One file of the whole system tells for nearly every process that there are none.
    if !fs::read_to_string("/proc/locks")
        .is_ok_and(|locks| locks.lines().any(|lock| owner(lock) == Some(pid)))
    {
        return Vec::new();
    }
    // A leader that has ended before its threads has no files in /proc any more; they have.
    let folder = format!("/proc/{tid}");
    let descriptors = fs::read_dir(format!("{folder}/fdinfo")).into_iter().flatten();
    let names = descriptors.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut locks: Vec<String> = names.flat_map(|name| locks_of(Path::new(&folder), &name, pid)).collect();
    // Descriptors that were duplicated show the same lock.
    locks.sort();
    locks.dedup();
    locks
}

fn locks_of(folder: &Path, descriptor: &str, pid: Pid) -> Vec<String> {
    let info = fs::read_to_string(folder.join("fdinfo").join(descriptor)).unwrap_or_default();
    let locks =
        info.lines().filter_map(|line| line.strip_prefix("lock:")).filter(|lock| owner(lock) == Some(pid));
    let path = || {
        fs::read_link(folder.join("fd").join(descriptor))
            .map_or("?".into(), |path| path.display().to_string())
    };
    locks.filter_map(|lock| Some(format!("{} ({})", path(), lock.split_ascii_whitespace().nth(1)?))).collect()
}

/// The process of a lock that is held; `None` for one that is waited for.
///
/// KERNEL: `1: FLOCK  ADVISORY  WRITE 4711 08:01:12 0 EOF`, and `1: -> FLOCK …` for who waits (proc(5), fs/locks.c
/// `lock_get_status`); the pid is 0 or -1 where the owner has none in the reader's pid namespace, or at all.
fn owner(lock: &str) -> Option<Pid> {
    Pid::from_raw(lock.split_ascii_whitespace().nth(4)?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_lock() {
        let table = [
            ("1: FLOCK  ADVISORY  WRITE 4711 08:01:12 0 EOF", Pid::from_raw(4711)),
            ("\t12: POSIX  ADVISORY  READ 3 00:15:9 0 99", Pid::from_raw(3)),
            ("1: -> FLOCK  ADVISORY  WRITE 4711 08:01:12 0 EOF", None),
            ("2: OFDLCK ADVISORY  WRITE -1 08:01:12 0 EOF", None),
            ("", None),
        ];
        for (lock, pid) in table {
            assert_eq!(owner(lock), pid, "{lock}");
        }
    }
}
