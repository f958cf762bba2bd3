//! An instruction, in what a task may execute, that calls the kernel. Nothing is ever written there.
//!
//! # Alternatives
//!
//! 1. Writing the instruction where the task stands and taking it back afterwards: another thread may come by,
//!    and a supervisor that is killed in between leaves it there.
//! 2. A page mapped into every program at its exec: seen by whoever reads /proc/PID/maps, and unmapped at will.

use std::{fs, io};

use watchers::{Errno, Tid};

use super::CallError;
use crate::arch;
use crate::sys::memory;

/// How much is searched at a time.
const WINDOW: usize = 4096;

/// Its address: the one by which the task came into the kernel, where it did, or one of the vDSO, or any.
pub(super) fn find(tid: Tid, behind: Option<u64>) -> Result<u64, CallError> {
    if let Some(address) = behind.filter(|address| is_call(tid, *address)) {
        return Ok(address);
    }
    let errno = |cause: io::Error| Errno::from_raw(cause.raw_os_error().unwrap_or(libc::EIO));
    let maps = fs::read_to_string(format!("/proc/{tid}/maps"));
    let maps = maps.map_err(|cause| CallError::of_memory(errno(cause)))?;
    // The vDSO has two pages, where others have thousands.
    let (vdso, others): (Vec<&str>, Vec<&str>) = maps.lines().partition(|line| line.ends_with("[vdso]"));
    let found = vdso.into_iter().chain(others).filter_map(executable).find_map(|text| search(tid, text));
    found.ok_or(CallError::NoInstruction)
}

fn is_call(tid: Tid, address: u64) -> bool {
    let mut bytes = arch::CALL.map(|_| 0);
    memory::read(tid, address, &mut bytes) == Ok(bytes.len()) && bytes == arch::CALL
}

/// The addresses of a mapping that may be executed, of one line of /proc/PID/maps (proc(5)).
fn executable(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let may_execute = words.next()?.starts_with("r-x") && !line.ends_with("[vsyscall]");
    let number = |text| u64::from_str_radix(text, 16).ok();
    may_execute.then_some((number(start)?, number(end)?))
}

fn search(tid: Tid, (start, end): (u64, u64)) -> Option<u64> {
    let mut window = [0; WINDOW];
    (start..end).step_by(WINDOW).find_map(|address| {
        let read = memory::read(tid, address, &mut window).ok()?;
        let at = window.get(..read)?.windows(arch::CALL.len()).position(|bytes| bytes == arch::CALL)?;
        Some(address + at as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_maps() {
        let table = [
            (
                "7ffff7fc5000-7ffff7fc7000 r-xp 00000000 00:00 0        [vdso]",
                Some((0x7fff_f7fc_5000, 0x7fff_f7fc_7000)),
            ),
            ("7ffff7fc1000-7ffff7fc5000 r--p 00000000 00:00 0        [vvar]", None),
            ("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]", None),
            ("00401000-00402000 r-xp 00001000 08:01 12               /a b", Some((0x40_1000, 0x40_2000))),
            ("00402000-00403000 rw-p 00001000 08:01 12               /r-xp", None),
            ("nonsense", None),
        ];
        for (line, expected) in table {
            assert_eq!(executable(line), expected, "{line}");
        }
    }

    #[test]
    fn one_of_our_own() {
        let me = Tid::from_raw(std::process::id() as i32).unwrap();
        let address = find(me, None).unwrap();
        assert!(is_call(me, address));
    }
}
