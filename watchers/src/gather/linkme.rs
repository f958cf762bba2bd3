//! The gatherer of the feature `linkme`: a distributed slice.
//!
//! For targets and linkers that the default one does not serve; the crate [`linkme`] says which it does. What is given up:
//!
//! 1. The link-time table is writable as long as the program runs, and holds absolute pointers that the loader writes at start. The sealed
//!    page, from which dispatch works, is as read-only as ever.
//! 2. Of a program that is linked with Rust dylibs, only the registrations of that file are found in which this crate is.
//! 3. A list from a file needs a note for each registration, with all its texts.

use super::{Registered, entry::Entry};
use crate::image::Garbled;

/// All registrations of the program.
#[linkme::distributed_slice]
pub static ENTRIES: [Entry];

/// Everything that is registered in the program.
pub(crate) fn registrations() -> Result<Vec<Registered>, Garbled> {
    let registered = ENTRIES
        .iter()
        .map(|entry| entry.registered().ok_or(Garbled("an entry does not say where it was made")));
    registered.collect()
}
