//! The ELF note of one registration.
//!
//! The gatherers that hand over Rust values keep their tables where a file cannot tell: their pointers need relocations. So that a
//! file can be read all the same, each registration has a note of its own:
//!
//! ```text
//! 0  name length, descriptor's length, type 2, name as in note.rs
//! 24 format        u32   2
//! 28 table         u32
//! 32 order         i32
//! 36 place               as in place.rs, padded to a multiple of 4
//! ```

use crate::note::{DESCRIPTOR, FORMAT, Unread, notes};
#[cfg(not(gatherer = "section"))]
pub use encoded::{NoteOfOne, note_len};

const TYPE: u32 = 2;

/// What a note says: the table's number, the order, the place.
pub(crate) type One<'a> = (u32, i32, &'a [u8]);

/// The registrations in a segment of notes.
pub(crate) fn find_each(segment: &[u8]) -> impl Iterator<Item = Result<One<'_>, Unread>> {
    notes(segment, TYPE).map(|(_, note)| {
        let word = |offset: usize| Some(u32::from_le_bytes(*note.get(offset..)?.first_chunk::<4>()?));
        match (word(DESCRIPTOR), word(DESCRIPTOR + 4), word(DESCRIPTOR + 8), note.get(DESCRIPTOR + 12..)) {
            (Some(FORMAT), Some(table), Some(order), Some(place)) => Ok((table, order.cast_signed(), place)),
            (Some(format), ..) => Err(Unread::Format(format)),
            _ => Err(Unread::Absent),
        }
    })
}

/// The other way round, for the generated code.
#[cfg(not(gatherer = "section"))]
mod encoded {
    use super::TYPE;
    use crate::{
        note::{DESCRIPTOR, FORMAT, HEADER, NAME},
        place::{Place, put},
    };

    /// A note for one registration, as the generated code makes it.
    #[derive(Debug)]
    #[repr(C, align(4))]
    pub struct NoteOfOne<const N: usize>([u8; N]);

    /// The `N` of [`NoteOfOne`].
    pub const fn note_len(place: &Place<'_>) -> usize {
        (DESCRIPTOR + 12 + place.encoded_len()).next_multiple_of(4)
    }

    impl<const N: usize> NoteOfOne<N> {
        /// The note; `N` is [`note_len`].
        pub const fn new(table: u32, order: i32, place: &Place<'_>) -> Self {
            let mut bytes = [0; N];
            let rest = put(&mut bytes, &HEADER);
            let rest = put(rest, &((N - DESCRIPTOR) as u32).to_le_bytes());
            let rest = put(put(rest, &TYPE.to_le_bytes()), &NAME);
            let rest = put(put(rest, &FORMAT.to_le_bytes()), &table.to_le_bytes());
            place.encode_to(put(rest, &order.to_le_bytes()));
            Self(bytes)
        }
    }
}
