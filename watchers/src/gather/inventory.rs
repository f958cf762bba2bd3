//! The gatherer of the feature `inventory`: a list that constructors build before `main`.
//!
//! For targets where functions can run before `main`; the crate [`inventory`] says which they are. What is given up:
//!
//! 1. There is code that runs before `main`, once for each registration.
//! 2. The list is writable as long as the program runs. The sealed page, from which dispatch works, is as read-only as ever.
//! 3. If a Rust dylib with registrations is unloaded after its constructors have run, the list leads into nothing.
//! 4. A list from a file needs a note for each registration, with all its texts.

use super::{Registered, entry::Entry};
use crate::image::Garbled;

inventory::collect!(Entry);

/// Everything that is registered in the program.
pub(crate) fn registrations() -> Result<Vec<Registered>, Garbled> {
    let entries = inventory::iter::<Entry>.into_iter();
    let registered =
        entries.map(|entry| entry.registered().ok_or(Garbled("an entry does not say where it was made")));
    registered.collect()
}
