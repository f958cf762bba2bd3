//! `/proc/TID/syscall`: where a task is, without stopping it.

use watchers::{Errno, Tid};

use super::Short;

/// What a task does, as far as it can be seen without stopping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// It waits in this system call; `stack` is where its stack ends.
    InCall { number: u64, stack: u64 },
    /// It is stopped, or waits for something that is no system call.
    OutsideOfCalls,
    /// It is dead.
    Gone,
    /// It runs, or would if a processor were free; or the kernel does not say.
    Unknown,
}

/// What a task does now.
pub(crate) fn whereabouts(tid: Tid) -> Whereabouts {
    match Short::read(&format!("/proc/{tid}/syscall")) {
        Ok(line) => std::str::from_utf8(line.bytes()).map_or(Whereabouts::Unknown, whereabouts_of),
        Err(Errno::ENOENT | Errno::ESRCH) => Whereabouts::Gone,
        Err(_) => Whereabouts::Unknown,
    }
}

/// KERNEL: `running`, or `-1 SP PC`, or the number, six arguments, SP and PC (fs/proc/base.c `proc_pid_syscall`).
fn whereabouts_of(line: &str) -> Whereabouts {
    let mut words = line.split_ascii_whitespace();
    let hexadecimal = |word: &str| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok();
    match words.next().map(str::parse::<i64>) {
        Some(Ok(-1)) => Whereabouts::OutsideOfCalls,
        Some(Ok(number)) => {
            let number = u64::from(number as u32);
            let stack = words.nth(6).and_then(hexadecimal);
            stack.map_or(Whereabouts::Unknown, |stack| Whereabouts::InCall { number, stack })
        }
        _ => Whereabouts::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_task_is() {
        use Whereabouts::{InCall, OutsideOfCalls, Unknown};
        let table = [
            ("running\n", Unknown),
            ("-1 0x7ffd1000 0x7f00\n", OutsideOfCalls),
            (
                "232 0x3 0x1 0x1 0xffffffff 0x0 0x0 0x7ffd1000 0x7f00\n",
                InCall { number: 232, stack: 0x7ffd_1000 },
            ),
            ("", Unknown),
            ("7 0x3\n", Unknown),
        ];
        for (line, expected) in table {
            assert_eq!(whereabouts_of(line), expected, "{line}");
        }
    }
}
