//! The auxiliary vector of an image: what the kernel told the program at exec.

use watchers::Tid;

use crate::proc::Short;
use crate::tracee::Stopped;

/// How much of a new stack is read: arguments and environment of a usual program are some hundred pointers.
const HEAD_OF_STACK: usize = 1536;

/// `/proc/TID/auxv` (getauxval(3)).
pub(crate) struct Auxiliary(Vec<u64>);

impl Auxiliary {
    /// AT_UID
    const UID: u64 = 11;
    /// AT_EUID
    const EUID: u64 = 12;
    /// AT_GID
    const GID: u64 = 13;
    /// AT_EGID
    const EGID: u64 = 14;
    /// AT_EXECFN: the address of the path that was given to execve(2).
    pub(crate) const EXECFN: u64 = 31;

    /// The vector of a stopped task; `None` where it may not be read.
    pub(crate) fn read(tid: Tid) -> Option<Auxiliary> {
        Short::read(&format!("/proc/{tid}/auxv")).ok().map(|vector| Auxiliary(words(vector.bytes())))
    }

    /// The vector of a task that is stopped at its exec, from its stack if it is near the top: opening a file
    /// of /proc takes five times as long.
    pub(crate) fn of_new_image(stopped: &Stopped) -> Option<Auxiliary> {
        let mut head = [0; HEAD_OF_STACK];
        let on_stack = stopped.new_stack(&mut head).and_then(on_stack);
        on_stack.map(Auxiliary).or_else(|| Auxiliary::read(stopped.tid()))
    }

    /// The value under `key`.
    pub(crate) fn value(&self, key: u64) -> Option<u64> {
        self.0.chunks_exact(2).find_map(|pair| match pair {
            [found, value] if *found == key => Some(*value),
            _ => None,
        })
    }

    /// Whether real and effective ids are the same, of users and of groups.
    pub(crate) fn ids_are_plain(&self) -> bool {
        let pairs = [(Self::UID, Self::EUID), (Self::GID, Self::EGID)];
        pairs.iter().all(|(real, effective)| {
            let real = self.value(*real);
            real.is_some() && real == self.value(*effective)
        })
    }
}

/// The vector behind argument count, arguments and environment, in words of 64 bits; `None` if it does not
/// end here, or if these are a 32-bit program's words, whose first two make a number of arguments that
/// nobody has.
///
/// KERNEL: the order on a new stack is argc, argv, 0, envp, 0, vector (fs/binfmt_elf.c `create_elf_tables`).
fn on_stack(head: &[u8]) -> Option<Vec<u64>> {
    let words = head.as_chunks().0;
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    let (n_arguments, rest) = words.split_first()?;
    let (_, rest) = rest.split_at_checked(usize::try_from(word(n_arguments)).ok()?)?;
    let environment = rest.strip_prefix(&[[0; 8]])?;
    let n_variables = environment.iter().position(|variable| word(variable) == 0)?;
    let vector = environment.get(n_variables + 1..)?;
    let n_entries = vector.chunks_exact(2).position(|entry| entry.first() == Some(&[0; 8]))?;
    Some(vector.get(..2 * n_entries)?.iter().map(word).collect())
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
        assert!(!wide.ids_are_plain());
        assert!(narrow.ids_are_plain());
        assert!(!Auxiliary(words(&[])).ids_are_plain());
    }

    #[test]
    fn behind_arguments_and_environment() {
        let bytes = |words: &[u64]| words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<u8>>();
        let stack = [2, 0x7001, 0x7002, 0, 0x7003, 0, 33, 5, 11, 6, 0, 0, 0x6161];
        assert_eq!(on_stack(&bytes(&stack)), Some(vec![33, 5, 11, 6]));
        assert_eq!(on_stack(&bytes(&[0, 0, 0, 11, 6, 0, 0])), Some(vec![11, 6]));
        for n_words in 0..10 {
            assert_eq!(on_stack(&bytes(&stack[..n_words])), None, "{n_words}");
        }
        // Three arguments are announced and two are there; a 32-bit program's argc and argv[0].
        assert_eq!(on_stack(&bytes(&[3, 0x7001, 0x7002, 0, 0x7003, 0, 11, 6, 0, 0])), None);
        assert_eq!(on_stack(&bytes(&[0xffff_d000_0000_0001, 0, 0, 0, 0, 0])), None);
        assert_eq!(on_stack(&[1, 2, 3]), None);
    }

    #[test]
    fn our_own_vector_is_wide() {
        let me = Tid::from_raw(std::process::id() as i32).unwrap();
        let vector = Auxiliary::read(me).unwrap();
        assert_eq!(vector.value(Auxiliary::UID), Some(u64::from(rustix::process::getuid().as_raw())));
    }
}
