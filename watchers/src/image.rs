//! [`Image`]: a linked object, loaded or in a file, and the registrations that are found in it.
//!
//! *In*: bytes by address. *Out*: [`Registration`]s. *Does not* trust any of it: what does not fit is [`Garbled`], and there is no
//! difference between the memory of this process and a file that somebody made up.

use crate::{
    EventKind,
    note::{self, Note, Unread, relative},
    note_of_one,
    place::{HEADER_LEN, Place},
};

/// Bytes by the address that the linker gave them, or where they were loaded.
pub(crate) trait Image<'a> {
    /// What a function in the object is to whoever reads it.
    type Thunk;

    /// The segments of notes, with their addresses.
    fn notes(&self) -> Vec<(u64, &'a [u8])>;

    /// These bytes, if all of them belong to the object.
    fn bytes(&self, address: u64, len: usize) -> Option<&'a [u8]>;

    /// The function at this address, if there can be one.
    fn thunk(&self, address: u64) -> Option<Self::Thunk>;

    /// The length of all that is in it.
    fn room(&self) -> usize;
}

/// One registration, as its record says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registration<'a, Thunk> {
    /// The table's number: an event's, or [`DATA`] or [`EXPECT`].
    pub(crate) table: usize,
    /// The function; an expectation has none.
    pub(crate) thunk: Option<Thunk>,
    /// `order = N`.
    pub(crate) order: i32,
    /// Who, where.
    pub(crate) place: Place<'a>,
    /// The addresses of the record and of what it says about the place.
    pub(crate) at: (u64, u64),
}

/// The table of task data.
pub(crate) const DATA: usize = EventKind::ALL.len();
/// The table of crates that are expected.
pub(crate) const EXPECT: usize = DATA + 1;

/// What the object says about itself cannot be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Garbled(pub(crate) &'static str);

/// A record in a table: 16 bytes, aligned to 4.
///
/// ```text
/// 0  thunk     i32   relative to this word
/// 4  place     i32   relative to this word
/// 8  order     i32
/// 12 reserved  u32
/// ```
const RECORD_LEN: usize = 16;

/// The object's note.
pub(crate) fn find_note<'a>(image: &impl Image<'a>) -> Result<Note, Unread> {
    let mut unread = Unread::Absent;
    for (address, segment) in image.notes() {
        match note::find(segment, address) {
            Ok(note) => return Ok(note),
            Err(Unread::Absent) => {}
            Err(format) => unread = format,
        }
    }
    Err(unread)
}

/// Everything that the tables of the object hold, in their order and, within one, the linker's.
pub(crate) fn registrations<'a, I: Image<'a>>(
    image: &I,
    note: &Note,
) -> Result<Vec<Registration<'a, I::Thunk>>, Garbled> {
    let mut found = Vec::new();
    let mut room = Room(image.room());
    for (table, (start, end)) in note.tables.into_iter().enumerate() {
        let len = end.checked_sub(start).ok_or(Garbled("a table ends before it starts"))?;
        if len == 0 {
            continue;
        }
        let len = usize::try_from(len).map_err(|_| Garbled("a table is too long"))?;
        let bytes = image.bytes(start, len).ok_or(Garbled("a table lies outside of the object"))?;
        let (records, []) = bytes.as_chunks::<RECORD_LEN>() else {
            return Err(Garbled("a table holds a part of a record"));
        };
        for (record, address) in records.iter().zip((start..).step_by(RECORD_LEN)) {
            let one = registration(image, table, record, address)?;
            room.take(&one.place)?;
            found.push(one);
        }
    }
    Ok(found)
}

/// What the registrations of an object may say together: no more than there is.
///
/// Every record has a place of its own; a file in which many lead to one long text was made to exhaust memory.
struct Room(usize);

impl Room {
    fn take(&mut self, place: &Place<'_>) -> Result<(), Garbled> {
        let left = self.0.checked_sub(place.encoded_len());
        self.0 = left.ok_or(Garbled("the records say more than there is"))?;
        Ok(())
    }
}

fn registration<'a, I: Image<'a>>(
    image: &I,
    table: usize,
    record: &[u8; RECORD_LEN],
    address: u64,
) -> Result<Registration<'a, I::Thunk>, Garbled> {
    let mut words = record.as_chunks::<4>().0.iter().map(|bytes| i32::from_le_bytes(*bytes));
    let mut word = || words.next().unwrap_or(0);
    let (to_thunk, to_place, order) = (word(), word(), word());
    let thunk = match to_thunk {
        0 => None,
        _ => Some(image.thunk(relative(address, to_thunk)).ok_or(Garbled("a record leads to no function"))?),
    };
    if thunk.is_none() && table != EXPECT {
        return Err(Garbled("a record has no function"));
    }
    let place_address = relative(address.wrapping_add(4), to_place);
    let place = place(image, place_address).ok_or(Garbled("a record does not say where it was made"))?;
    Ok(Registration { table, thunk, order, place, at: (address, place_address) })
}

fn place<'a>(image: &impl Image<'a>, address: u64) -> Option<Place<'a>> {
    let header = image.bytes(address, HEADER_LEN)?.first_chunk::<HEADER_LEN>()?;
    let len = HEADER_LEN.checked_add(Place::texts_len(*header)?)?;
    Place::decode(image.bytes(address, len)?)
}

/// The registrations of an object that have notes of their own. None of them leads to a function.
pub(crate) fn registrations_in_notes<'a, I: Image<'a>>(
    image: &I,
) -> Result<Vec<Registration<'a, I::Thunk>>, Garbled> {
    let mut found = Vec::new();
    for (address, segment) in image.notes() {
        for one in note_of_one::find_each(segment) {
            let (table, order, bytes) = one.map_err(|_| Garbled("a note is of another format"))?;
            let place = place_in_front(bytes).ok_or(Garbled("a note does not say where it was made"))?;
            found.push(Registration {
                table: table as usize,
                thunk: None,
                order,
                place,
                at: (address, address),
            });
        }
    }
    Ok(found)
}

fn place_in_front(bytes: &[u8]) -> Option<Place<'_>> {
    let len = HEADER_LEN.checked_add(Place::texts_len(*bytes.first_chunk()?)?)?;
    Place::decode(bytes.get(..len)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object with one segment, which starts at this address.
    struct Object {
        bytes: Vec<u8>,
        room: usize,
    }

    const START: u64 = 0x1000;

    impl<'a> Image<'a> for &'a Object {
        type Thunk = u64;

        fn notes(&self) -> Vec<(u64, &'a [u8])> {
            Vec::new()
        }

        fn bytes(&self, address: u64, len: usize) -> Option<&'a [u8]> {
            self.bytes.get(usize::try_from(address.checked_sub(START)?).ok()?..)?.get(..len)
        }

        fn thunk(&self, address: u64) -> Option<u64> {
            (address >= 0x8000).then_some(address)
        }

        fn room(&self) -> usize {
            self.room
        }
    }

    const PLACE: Place<'_> = Place {
        line: 3,
        column: 4,
        package: Some("audit"),
        version: Some("1.0.0"),
        module: "audit",
        function: "one",
        name: "one",
        file: "src/lib.rs",
    };
    const PLACE_LEN: usize = PLACE.encoded_len();

    /// Records at the start, `[thunk, place, order]` each with absolute addresses, and the place behind them.
    fn object(records: &[[i64; 3]]) -> Object {
        let mut bytes = Vec::new();
        for (n, [thunk, place, order]) in records.iter().enumerate() {
            let at = START as i64 + 16 * n as i64;
            let to_thunk = if *thunk == 0 { 0 } else { thunk - at };
            for word in [to_thunk, place - (at + 4), *order, 0] {
                bytes.extend((word as i32).to_le_bytes());
            }
        }
        bytes.extend(PLACE.encode::<PLACE_LEN>());
        Object { room: bytes.len(), bytes }
    }

    fn read(
        object: &Object,
        table: usize,
        start: u64,
        end: u64,
    ) -> Result<Vec<(usize, Option<u64>, i32)>, Garbled> {
        let mut note = Note { abi: 0, home: 0, tables: [(START, START); note::N_TABLES] };
        note.tables[table] = (start, end);
        let found = registrations(&object, &note)?;
        assert!(found.iter().all(|one| one.place == PLACE && one.at.0 >= start));
        Ok(found.iter().map(|one| (one.table, one.thunk, one.order)).collect())
    }

    #[test]
    fn distances_lead_forwards_and_backwards() {
        let place = START as i64 + 16;
        assert_eq!(
            read(&object(&[[0x8000, place, -7]]), 2, START, START + 16),
            Ok(vec![(2, Some(0x8000), -7)])
        );
        assert_eq!(read(&object(&[[0x8000, place, 0]]), 2, START, START), Ok(vec![]), "the table is empty");
        assert_eq!(read(&object(&[[0, place, 0]]), EXPECT, START, START + 16), Ok(vec![(EXPECT, None, 0)]));
    }

    #[test]
    fn what_cannot_be_is_said() {
        let place = START as i64 + 16;
        let one = object(&[[0x8000, place, 0]]);
        for (object, table, start, end, what) in [
            (&one, 0, START + 16, START, "a table ends before it starts"),
            (&one, 0, START, START + 8, "a table holds a part of a record"),
            (&one, 0, START, START + 0x1_0000, "a table lies outside of the object"),
            (&one, 0, 0, 16, "a table lies outside of the object"),
            (&one, 0, 0, u64::MAX, "a table lies outside of the object"),
            (&object(&[[0x7fff, place, 0]]), 0, START, START + 16, "a record leads to no function"),
            (&object(&[[0, place, 0]]), DATA, START, START + 16, "a record has no function"),
            (
                &object(&[[0x8000, place + 1, 0]]),
                0,
                START,
                START + 16,
                "a record does not say where it was made",
            ),
            (&object(&[[0x8000, 0x10, 0]]), 0, START, START + 16, "a record does not say where it was made"),
        ] {
            assert_eq!(read(object, table, start, end), Err(Garbled(what)), "{what}");
        }
    }

    #[test]
    fn many_records_with_one_long_place_exhaust_nothing() {
        let place = START as i64 + 3 * 16;
        let mut object = object(&[[0x8000, place, 0]; 3]);
        object.room = 3 * PLACE_LEN;
        assert_eq!(read(&object, 0, START, START + 48).map(|found| found.len()), Ok(3));
        object.room -= 1;
        assert_eq!(read(&object, 0, START, START + 48), Err(Garbled("the records say more than there is")));
    }
}
