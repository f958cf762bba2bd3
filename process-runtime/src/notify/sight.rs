//! Where a task is in the kernel, as `/proc/TID/syscall` tells without stopping it.

use watchers::{Errno, Tid};

use crate::proc::Short;

/// What a look at a task has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It runs, or would if a processor were free.
    Running,
    /// It waits in a system call.
    Blocked(Blocked),
    /// It waits elsewhere: for a page, in a stop.
    Elsewhere,
    /// It may not be looked at (EPERM, EACCES), or is gone (ESRCH, ENOENT).
    Hidden(Errno),
}

/// A call in which a task waits. Another one of the same task differs, or is the same one for all we care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocked {
    pub(crate) number: u64,
    pub(crate) args: [u64; 6],
    stack: u64,
    /// The first user instruction after it.
    pub(crate) returns_to: u64,
}

/// Looks at a task.
pub(crate) fn look(tid: Tid) -> Sight {
    match Short::read(&format!("/proc/{tid}/syscall")) {
        Ok(file) => std::str::from_utf8(file.bytes()).ok().and_then(parse).unwrap_or(Sight::Elsewhere),
        Err(errno) => Sight::Hidden(errno),
    }
}

/// KERNEL: `running`; or a number, six arguments, the stack pointer and the instruction pointer; or -1 and the last two
/// (fs/proc/base.c `proc_pid_syscall`).
fn parse(text: &str) -> Option<Sight> {
    let mut words = text.split_ascii_whitespace();
    let number = match words.next()? {
        "running" => return Some(Sight::Running),
        "-1" => return Some(Sight::Elsewhere),
        number => number.parse().ok()?,
    };
    let mut next = || u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok();
    let args = [next()?, next()?, next()?, next()?, next()?, next()?];
    Some(Sight::Blocked(Blocked { number, args, stack: next()?, returns_to: next()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_syscall() {
        let blocked =
            Blocked { number: 232, args: [3, 0x7ffe, 1, 0x2bc, 0, 8], stack: 0x7fff, returns_to: 0x401a };
        let table = [
            ("running\n", Some(Sight::Running)),
            ("-1 0x7ffd 0x7f81\n", Some(Sight::Elsewhere)),
            ("232 0x3 0x7ffe 0x1 0x2bc 0x0 0x8 0x7fff 0x401a\n", Some(Sight::Blocked(blocked))),
            ("232 0x3 0x7ffe", None),
            ("", None),
            ("what 0x1", None),
        ];
        for (line, sight) in table {
            assert_eq!(parse(line), sight, "{line}");
        }
    }

    #[test]
    fn a_task_that_is_not_there() {
        assert_eq!(look(Tid::from_raw(i32::MAX).unwrap()), Sight::Hidden(Errno::ENOENT));
    }
}
