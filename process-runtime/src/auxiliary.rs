//! The auxiliary vector of an image: what the kernel told the program at exec.

use watchers::Tid;

use crate::proc::Short;

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
        Short::read(&format!("/proc/{tid}/auxv")).map(|vector| Auxiliary(words(vector.bytes())))
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
    fn our_own_vector_is_wide() {
        let me = Tid::from_raw(std::process::id() as i32).unwrap();
        let vector = Auxiliary::read(me).unwrap();
        assert_eq!(vector.value(Auxiliary::UID), Some(u64::from(rustix::process::getuid().as_raw())));
    }
}
