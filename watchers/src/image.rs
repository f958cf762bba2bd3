//! [`Image`]: a linked object, loaded or in a file, and the registrations that are found in it.
//!
//! *In*: bytes by address. *Out*: [`Registration`]s. *Does not* trust any of it: what does not fit is [`Garbled`], and there is no
//! difference between the memory of this process and a file that somebody made up.

use crate::{
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
pub(crate) const DATA: usize = 7;
/// The table of crates that are expected.
pub(crate) const EXPECT: usize = 8;

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
