//! Which tasks of one run are alive: they carry a mark in their environment.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

const KEY: &str = "TRACEE_MARK";

/// A word that only the tasks of one run have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark(String);

impl Mark {
    pub(crate) fn new() -> Mark {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let start = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let start =
            start.rsplit(')').next().and_then(|rest| rest.split(' ').nth(20)).unwrap_or("0").to_owned();
        Mark(format!("{}.{start}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Every task that descends from `command` will have it.
    pub(crate) fn put_on(&self, command: &mut Command) {
        command.env(KEY, &self.0);
    }

    /// The processes that have it. A leader that has ended has no environment, but its threads do.
    pub(crate) fn alive(&self) -> Vec<i32> {
        let line = format!("{KEY}={}", self.0).into_bytes();
        let marked = |path: &str| {
            let environ = fs::read(path).unwrap_or_default();
            environ.split(|byte| *byte == 0).any(|entry| entry == line)
        };
        let threads = |pid: i32| numbers(&format!("/proc/{pid}/task"));
        let has_it =
            |pid: &i32| threads(*pid).iter().any(|tid| marked(&format!("/proc/{pid}/task/{tid}/environ")));
        numbers("/proc").into_iter().filter(has_it).collect()
    }
}

/// The entries of a folder of /proc that are numbers.
fn numbers(folder: &str) -> Vec<i32> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}
