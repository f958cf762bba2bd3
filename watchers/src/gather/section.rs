//! The default gatherer: records that the linker put side by side, in memory that was never writable.

use super::Registered;
use crate::{
    image::{self, Garbled, find_note},
    linked,
};

/// Everything that is registered in the program and in the libraries that share this copy of the crate.
pub(crate) fn registrations() -> Result<Vec<Registered>, Garbled> {
    let mut found = Vec::new();
    for object in linked::objects() {
        if let Ok(note) = find_note(&object) {
            found.extend(image::registrations(&object, &note)?);
        }
    }
    Ok(found)
}
