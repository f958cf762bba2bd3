//! The machine.

use std::fs;
use std::thread::available_parallelism;

use rustix::thread::{CpuSet, sched_setaffinity};

use crate::Result;

/// Keeps this thread, and every program and thread that it starts, on one CPU: the last, which interrupts like least.
///
/// # Errors
///
/// If the kernel refuses.
pub fn pin() -> Result<()> {
    let last = available_parallelism()?.get() - 1;
    let mut cpus = CpuSet::new();
    cpus.set(last);
    Ok(sched_setaffinity(None, &cpus)?)
}

/// One line: kernel, processor, number of CPUs.
pub fn describe() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let n_cpus = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let model = model.map_or("unknown processor", |(_, name)| name);
    format!("Linux {}, {n_cpus} CPUs ({model}), all on one of them", kernel.trim())
}
