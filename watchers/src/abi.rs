//! The ABI tag: whether two pieces of code that were compiled apart may hand each other tasks and events.
//!
//! The layout of Rust types is the compiler's affair: it is the same where the compiler, the target and this crate's sources are the same;
//! the version alone would not tell two states of a checkout apart. The sizes and the number of events are a check on all of these.

use crate::{
    CredsEvent, Event, EventKind, ExecEvent, ExitEvent, FoundEvent, FreeEvent, GroupDeadEvent, Task, UidEvent,
};

/// The tag of this build of the crate.
pub(crate) const TAG: u64 = tag(&[
    env!("WATCHERS_RUSTC"),
    env!("WATCHERS_TARGET"),
    env!("CARGO_PKG_VERSION"),
    env!("WATCHERS_SOURCES"),
]);

const fn tag(mut texts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    while let [first, behind @ ..] = texts {
        hash = text(hash, first);
        texts = behind;
    }
    let hash = number(hash, size_of::<Task>() as u64);
    let hash = number(hash, size_of::<Event<'_>>() as u64);
    let hash = number(hash, size_of::<ExecEvent>() as u64);
    let hash = number(hash, size_of::<UidEvent>() as u64);
    let hash = number(hash, size_of::<ExitEvent>() as u64);
    let hash = number(hash, size_of::<FreeEvent>() as u64);
    let hash = number(hash, size_of::<FoundEvent>() as u64);
    let hash = number(hash, size_of::<CredsEvent>() as u64);
    let hash = number(hash, size_of::<GroupDeadEvent>() as u64);
    number(hash, EventKind::ALL.len() as u64)
}

/// The tag's halves, as the note is made of words.
pub const ABI_LOW: u32 = TAG as u32;
/// The upper half.
pub const ABI_HIGH: u32 = (TAG >> 32) as u32;

/// FNV-1a.
const fn byte(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3)
}

const fn text(mut hash: u64, text: &str) -> u64 {
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        hash = byte(hash, *first);
        rest = behind;
    }
    byte(hash, 0xff)
}

const fn number(mut hash: u64, number: u64) -> u64 {
    let mut shift = 0;
    while shift < 64 {
        hash = byte(hash, (number >> shift) as u8);
        shift += 8;
    }
    hash
}

#[cfg(test)]
#[expect(dead_code, reason = "its main is cargo's")]
#[path = "../build.rs"]
mod build;

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path, process};

    use super::*;

    /// The folder's number, as the crate was told it.
    fn sources(folder: &Path) -> String {
        format!("{:016x}", build::sources(folder).unwrap())
    }

    #[test]
    fn a_tag_is_of_all_its_texts() {
        let told = [
            env!("WATCHERS_RUSTC"),
            env!("WATCHERS_TARGET"),
            env!("CARGO_PKG_VERSION"),
            &sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")),
        ];
        assert_eq!(tag(&told), TAG);
        for n in 0..told.len() {
            let mut other = told;
            other[n] = "other";
            assert!(!told[n].is_empty() && tag(&other) != TAG, "{n}");
        }
    }

    #[test]
    fn sources_are_names_and_contents() {
        let folder = env::temp_dir().join(format!("watchers-sources-{}", process::id()));
        let (one, other) = (folder.join("deep/one.rs"), folder.join("deep/other.rs"));
        fs::create_dir_all(folder.join("deep")).unwrap();
        let mut numbers = Vec::new();
        for text in ["struct One(u8);", "struct One(u16);"] {
            fs::write(&one, text).unwrap();
            numbers.push(sources(&folder));
        }
        fs::rename(&one, &other).unwrap();
        numbers.push(sources(&folder));
        fs::remove_dir_all(&folder).unwrap();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), 3);
    }
}
