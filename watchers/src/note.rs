//! The ELF note that says where the tables of a linked object are.
//!
//! There is one per program or library with watchers (`watchers-macros/src/gather/section.rs`); with the other gatherers there is none, but
//! one for each registration (`note_of_one.rs`).
//!
//! ```text
//! 0  name length   u32   10
//! 4  descriptor    u32   length of what follows the name
//! 8  type          u32   1
//! 12 name                "taskwatch\0", padded with two zeros
//! 24 format        u32   2
//! 28 tables        u32   12
//! 32 ABI tag       u64   of the crate `watchers` that the watchers were compiled against
//! 40 home          i32   a function that returns that crate's address; relative to this word
//! 44 reserved      u32
//! 48 bounds              for each table: start i32, end i32; each relative to itself
//! ```
//!
//! Everything is relative, so that it holds in a file as well as in memory, wherever that was loaded.

use crate::EventKind;

/// The tables of a linked object: each event's watchers, the task data, and the crates that are expected.
pub(crate) const N_TABLES: usize = EventKind::ALL.len() + 2;

pub(crate) const HEADER: [u8; 4] = 10_u32.to_le_bytes();
const TYPE: u32 = 1;
pub(crate) const NAME: [u8; 12] = *b"taskwatch\0\0\0";
pub(crate) const DESCRIPTOR: usize = 24;
const BOUNDS: usize = 24;
const LEN: usize = DESCRIPTOR + BOUNDS + 8 * N_TABLES;

/// The only format that this version reads. A table is known by its number alone, so one event more is another format.
pub(crate) const FORMAT: u32 = 2;

/// A note, with addresses made absolute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// What the watchers were compiled against.
    pub(crate) abi: u64,
    /// The address of the function that says which copy of the crate that is.
    pub(crate) home: u64,
    /// The addresses between which the records of each table are.
    pub(crate) tables: [(u64, u64); N_TABLES],
}

/// Why there is no note to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// There is none.
    Absent,
    /// It is of another format.
    Format(u32),
}

/// Looks for the note with the tables in a segment of notes that starts at this address.
pub(crate) fn find(segment: &[u8], address: u64) -> Result<Note, Unread> {
    let (offset, note) = notes(segment, TYPE).next().ok_or(Unread::Absent)?;
    decode(note, address.wrapping_add(offset as u64))
}

/// Our notes of this type in a segment of notes, to the segment's end, with their offsets.
///
/// A segment of notes has one alignment by the rules; mold 1.10 packs notes aligned to 4 and to 8 bytes into one, which no
/// walk along the chain survives. So the header is looked for at every fourth byte.
pub(crate) fn notes(segment: &[u8], wanted: u32) -> impl Iterator<Item = (usize, &[u8])> {
    let at = |offset| Some((offset, segment.get(offset..)?));
    (0..segment.len()).step_by(4).filter_map(at).filter(move |(_, note)| {
        let part = |offset: usize| note.get(offset..).unwrap_or_default();
        part(0).starts_with(&HEADER)
            && part(8).starts_with(&wanted.to_le_bytes())
            && part(12).starts_with(&NAME)
    })
}

fn decode(note: &[u8], address: u64) -> Result<Note, Unread> {
    let word = |offset: usize| {
        let bytes = note.get(offset..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    };
    let format = word(DESCRIPTOR).ok_or(Unread::Absent)?;
    let n_tables = word(DESCRIPTOR + 4).ok_or(Unread::Absent)?;
    if format != FORMAT || n_tables as usize != N_TABLES || note.len() < LEN {
        return Err(Unread::Format(format));
    }
    // What the length has shown to be there.
    let word = |offset| word(offset).unwrap_or(0);
    let target = |offset: usize| relative(address.wrapping_add(offset as u64), word(offset).cast_signed());
    let table = |n: usize| {
        let start = DESCRIPTOR + BOUNDS + 8 * n;
        (target(start), target(start + 4))
    };
    Ok(Note {
        abi: u64::from(word(DESCRIPTOR + 8)) | u64::from(word(DESCRIPTOR + 12)) << 32,
        home: target(DESCRIPTOR + 16),
        tables: std::array::from_fn(table),
    })
}

/// The address that a 32-bit distance means which stands at this address.
pub(crate) fn relative(address: u64, distance: i32) -> u64 {
    address.wrapping_add_signed(i64::from(distance))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORD: [u8; 4] = [0xff; 4];

    fn note() -> Vec<u8> {
        let mut note = [HEADER, 120_u32.to_le_bytes(), TYPE.to_le_bytes()].concat();
        note.extend(NAME);
        for word in [FORMAT, 12, 0x8765_4321, 0x0fed_cba9] {
            note.extend(u32::to_le_bytes(word));
        }
        for distance in [-0x100, 0] {
            note.extend(i32::to_le_bytes(distance));
        }
        for table in 0..N_TABLES as i32 {
            note.extend((0x1000 + table).to_le_bytes());
            note.extend((-table).to_le_bytes());
        }
        note
    }

    #[test]
    fn a_note_is_found_wherever_it_starts() {
        for n_words in 0..4 {
            let mut segment = WORD.repeat(n_words);
            segment.extend(note());
            let at = 0x40_0000 + 4 * n_words as u64;
            let found = find(&segment, 0x40_0000).unwrap();
            assert_eq!((found.abi, found.home), (0x0fed_cba9_8765_4321, at + 40 - 0x100));
            assert_eq!(found.tables[0], (at + 48 + 0x1000, at + 52));
            assert_eq!(found.tables[11], (at + 48 + 88 + 0x100b, at + 52 + 88 - 11));
        }
    }

    #[test]
    fn anything_else_is_none_or_of_another_format() {
        let whole = note();
        for len in 0..24 {
            assert_eq!(find(&whole[..len], 0), Err(Unread::Absent), "cut at {len}");
        }
        for len in 32..whole.len() {
            assert_eq!(find(&whole[..len], 0), Err(Unread::Format(FORMAT)), "cut at {len}");
        }
        for (offset, unread) in
            [(0, Unread::Absent), (8, Unread::Absent), (12, Unread::Absent), (24, Unread::Format(7))]
        {
            let mut note = whole.clone();
            note[offset] = 7;
            assert_eq!(find(&note, 0), Err(unread), "changed at {offset}");
        }
    }
}
