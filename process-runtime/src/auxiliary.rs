//! The auxiliary vector of an image: what the kernel told the program at exec.
//!
//! # Alternatives
//!
//! To learn at each exec whether it has changed ids, measured as what it adds to a tracer that asks nothing:
//!
//! 1. PIDFD_GET_INFO (Linux 6.13) of a pidfd that is opened for it: twice as long as the read of the new stack.
//! 2. `/proc/TID/auxv`, or `status`: five times as long.
//! 3. PTRACE_PEEKDATA: the first word takes as long as the whole read, since what costs is to come to the memory at all.
//! 4. The siginfo of the stop: it has the real user id, which no exec changes. Capabilities (capget(2)): they do not show a
//!    set-gid program.

use std::mem::MaybeUninit;

use watchers::Tid;

use crate::proc::Short;
use crate::tracee::Stopped;

/// How much of a new stack is read, in words. Arguments and environment of a usual program are some dozen pointers, and the vector
/// has thirty words up to the ids.
const HEAD_OF_STACK: usize = 128;
/// How much is read where that was too little.
const MOST_OF_STACK: usize = 1024;

/// `/proc/TID/auxv` (getauxval(3)).
pub(crate) struct Auxiliary(Vec<u64>);

impl Auxiliary {
    /// AT_EXECFN: the address of the path that was given to execve(2).
    pub(crate) const EXECFN: u64 = libc::AT_EXECFN;

    /// The vector of a stopped task; `None` where it may not be read.
    pub(crate) fn read(tid: Tid) -> Option<Auxiliary> {
        Short::read(&format!("/proc/{tid}/auxv")).ok().map(|vector| Auxiliary(words(vector.bytes())))
    }

    /// The value under `key`.
    pub(crate) fn value(&self, key: u64) -> Option<u64> {
        let mut entries = self.0.as_chunks().0.iter();
        entries.find_map(|[found, value]| (*found == key).then_some(*value))
    }
}

/// Whether an image has the real ids as its effective ones, of users and of groups; told at its exec.
///
/// From its new stack, if the vector is near the top: opening a file of /proc takes five times as long.
pub(crate) fn has_plain_ids(stopped: &Stopped) -> bool {
    are_plain_on_stack::<HEAD_OF_STACK>(stopped).or_else(|| are_plain_further_on(stopped)).unwrap_or(false)
}

fn are_plain_on_stack<const N: usize>(stopped: &Stopped) -> Option<bool> {
    let mut head = [MaybeUninit::uninit(); N];
    stopped.new_stack(&mut head).and_then(vector_on_stack).and_then(ids_are_plain)
}

#[cold]
fn are_plain_further_on(stopped: &Stopped) -> Option<bool> {
    let in_file = || ids_are_plain(&Auxiliary::read(stopped.tid())?.0);
    are_plain_on_stack::<MOST_OF_STACK>(stopped).or_else(in_file)
}

/// Whether real and effective ids are the same in this vector, whose end may be cut off; `None` if they are not in it.
///
/// KERNEL: the four follow one another (fs/binfmt_elf.c `create_elf_tables`).
fn ids_are_plain(vector: &[u64]) -> Option<bool> {
    let mut entries = vector.as_chunks().0;
    while let [[key, value], rest @ ..] = entries {
        match (key, rest) {
            (&libc::AT_NULL, _) => return None,
            (
                &libc::AT_UID,
                [[libc::AT_EUID, effective_uid], [libc::AT_GID, gid], [libc::AT_EGID, effective_gid], ..],
            ) => {
                return Some(value == effective_uid && gid == effective_gid);
            }
            _ => entries = rest,
        }
    }
    None
}

/// The vector behind argument count, arguments and environment; `None` if it does not begin here, or if these are a 32-bit
/// program's words, whose first two make a number of arguments that nobody has.
///
/// KERNEL: the order on a new stack is argc, argv, 0, envp, 0, vector (fs/binfmt_elf.c `create_elf_tables`).
fn vector_on_stack(head: &[u64]) -> Option<&[u64]> {
    let (n_arguments, rest) = head.split_first()?;
    let (_, rest) = rest.split_at_checked(usize::try_from(*n_arguments).ok()?)?;
    let environment = rest.strip_prefix(&[0])?;
    let n_variables = environment.iter().position(|variable| *variable == 0)?;
    environment.get(n_variables + 1..)
}

/// Entries of 64 or, for a 32-bit program, of 32 bits.
///
/// KERNEL: the vector begins with AT_SYSINFO or AT_SYSINFO_EHDR, a small number: the upper half of a 64-bit
/// entry is zero (fs/binfmt_elf.c `create_elf_tables`).
fn words(bytes: &[u8]) -> Vec<u64> {
    let wide = |chunk: &[u8]| Some(u64::from_ne_bytes(chunk.try_into().ok()?));
    let narrow = |chunk: &[u8]| Some(u64::from(u32::from_ne_bytes(chunk.try_into().ok()?)));
    if bytes.get(4..8).is_some_and(|upper| upper == [0; 4]) {
        bytes.chunks_exact(8).filter_map(wide).collect()
    } else {
        bytes.chunks_exact(4).filter_map(narrow).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_word_sizes() {
        let wide: Vec<u8> = [33u64, 0x7fff_1234_5678, 11, 5, 12, 5, 13, 6, 14, 7, 0, 0]
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .collect();
        let narrow: Vec<u8> = [32u32, 0xf7f0_0000, 11, 5, 12, 5, 13, 6, 14, 6, 0, 0]
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .collect();
        let (wide, narrow) = (Auxiliary(words(&wide)), Auxiliary(words(&narrow)));
        assert_eq!(wide.value(33), Some(0x7fff_1234_5678));
        assert_eq!(narrow.value(32), Some(0xf7f0_0000));
        assert_eq!(wide.value(Auxiliary::EXECFN), None);
        assert_eq!((ids_are_plain(&wide.0), ids_are_plain(&narrow.0)), (Some(false), Some(true)));
    }

    #[test]
    fn ids_that_are_plain() {
        let table: [(&[u64], Option<bool>); 7] = [
            (&[11, 5, 12, 5, 13, 6, 14, 6], Some(true)),
            (&[33, 1, 11, 5, 12, 5, 13, 6, 14, 6, 23, 1, 0, 0], Some(true)),
            (&[11, 5, 12, 0, 13, 6, 14, 6, 0, 0], Some(false)),
            (&[11, 5, 12, 5, 13, 6, 14, 7, 0, 0], Some(false)),
            // Cut off before the last id, or ended.
            (&[11, 5, 12, 5, 13, 6, 14], None),
            (&[11, 5, 12, 5, 13, 6, 0, 0, 14, 6], None),
            (&[], None),
        ];
        for (vector, expected) in table {
            assert_eq!(ids_are_plain(vector), expected, "{vector:?}");
        }
    }

    #[test]
    fn behind_arguments_and_environment() {
        let stack = [2, 0x7001, 0x7002, 0, 0x7003, 0, 33, 5, 11, 6, 0, 0, 0x6161];
        assert_eq!(vector_on_stack(&stack), Some(&stack[6..]));
        assert_eq!(vector_on_stack(&[0, 0, 0, 11, 6, 0, 0]), Some(&[11, 6, 0, 0][..]));
        assert_eq!(vector_on_stack(&stack[..6]), Some(&[][..]));
        for n_words in 0..6 {
            assert_eq!(vector_on_stack(&stack[..n_words]), None, "{n_words}");
        }
        // Three arguments are announced and two are there; a 32-bit program's argc and argv[0].
        assert_eq!(vector_on_stack(&[3, 0x7001, 0x7002, 0, 0x7003, 0, 11, 6, 0, 0]), None);
        assert_eq!(vector_on_stack(&[0xffff_d000_0000_0001, 0, 0, 0, 0, 0]), None);
    }

    #[test]
    fn our_own_vector_is_wide() {
        let me = Tid::from_raw(std::process::id() as i32).unwrap();
        let vector = Auxiliary::read(me).unwrap();
        assert_eq!(vector.value(11), Some(u64::from(rustix::process::getuid().as_raw())));
        assert_eq!(ids_are_plain(&vector.0), Some(true));
    }
}
