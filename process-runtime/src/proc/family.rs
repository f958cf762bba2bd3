//! Who is there, and whose children.

use std::fs;

use watchers::{Pid, Tid};

/// Every process, in no order.
pub(crate) fn processes() -> Vec<Pid> {
    numbers("/proc").filter_map(Pid::from_raw).collect()
}

fn numbers(folder: &str) -> impl Iterator<Item = i32> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// The children that a thread made, as far as the kernel keeps that list (CONFIG_PROC_CHILDREN).
pub(crate) fn children(pid: Pid, tid: Tid) -> Vec<Tid> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|word| Tid::from_raw(word.parse().ok()?)).collect()
}

/// The threads of a process.
pub(crate) fn threads(pid: Pid) -> Vec<Tid> {
    numbers(&format!("/proc/{pid}/task")).filter_map(Tid::from_raw).collect()
}
