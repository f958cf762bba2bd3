//! [`TidMap`] and [`PidMap`]: maps whose keys are the kernel's numbers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use watchers::{Pid, Tid};

/// What is known of tasks, by tid.
///
/// # Alternatives
///
/// The standard hasher withstands keys that an enemy chooses. The kernel chooses these, there are several look-ups for
/// each stop, and that hasher takes a twentieth of what a stop costs us in user mode.
pub(crate) type TidMap<V> = HashMap<Tid, V, BuildHasherDefault<TidHasher>>;

/// What is known of processes, by pid.
pub(crate) type PidMap<V> = HashMap<Pid, V, BuildHasherDefault<TidHasher>>;

/// Spreads one number over all bits: multiplication by 2^64 divided by the golden ratio (Knuth, The Art of Computer
/// Programming, volume 3, 6.4).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TidHasher(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for TidHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_i32(i32::from(*byte));
        }
    }

    fn write_i32(&mut self, number: i32) {
        self.0 = (self.0.rotate_left(8) ^ u64::from(number.cast_unsigned())).wrapping_mul(GOLDEN);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use super::*;

    /// A table takes the place from the low bits and seven bits more from the top.
    #[test]
    fn neighbours_are_spread() {
        let hash = |raw| BuildHasherDefault::<TidHasher>::default().hash_one(Tid::from_raw(raw).unwrap());
        let hashes: Vec<u64> = (5000..5128).map(hash).collect();
        let low: HashSet<u64> = hashes.iter().map(|hash| hash % 128).collect();
        let high: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(low.len() == 128 && high.len() > 64, "{} {}", low.len(), high.len());
    }
}
