//! What can be wrong with the registrations of a program: [`TableError`].

use std::{error::Error, fmt};

use crate::{Errno, WatcherInfo, gather::Registered, image::EXPECT, place::Place};

/// Why the tables of this program cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// The same watcher is there twice: as a rule its crate is linked in two versions.
    #[non_exhaustive]
    Duplicate {
        /// The one that would be called first.
        first: Box<WatcherInfo>,
        /// The other one.
        second: Box<WatcherInfo>,
    },
    /// A crate that `expect!` lists has no watcher in the program: the linker has dropped it, as nothing named it.
    #[non_exhaustive]
    Missing {
        /// The crate's name, as listed.
        krate: &'static str,
        /// The file with the list.
        file: &'static str,
        /// Its line.
        line: u32,
    },
    /// The records in memory contradict themselves.
    #[non_exhaustive]
    Garbled {
        /// In what.
        what: &'static str,
    },
    /// The kernel refused to make the table read-only.
    #[non_exhaustive]
    Seal {
        /// With this error.
        errno: Errno,
    },
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { first, second } => write!(
                f,
                "the {} watcher `{}` is linked twice: {} {} at {}:{} and {} {} at {}:{}",
                first.event,
                first.path(),
                first.krate,
                first.version,
                first.file,
                first.line,
                second.krate,
                second.version,
                second.file,
                second.line
            ),
            Self::Missing { krate, file, line } => write!(
                f,
                "no watcher of the crate `{krate}` is linked, which {file}:{line} expects: write `use {} as _;` in the crate root",
                krate.replace('-', "_")
            ),
            Self::Garbled { what } => write!(f, "the watchers' tables cannot be read: {what}"),
            Self::Seal { errno } => write!(f, "the watchers' table cannot be made read-only: {errno}"),
        }
    }
}

impl Error for TableError {}

/// Finds the same function registered twice for one event, in a sorted list.
///
/// Same means: package, module and name. Two functions of one name in one module, each in the body of another function, differ
/// by their line and are both welcome; a crate that is linked in two versions is not.
pub(crate) fn no_duplicates(watchers: &[WatcherInfo]) -> Result<(), TableError> {
    let mut sorted: Vec<&WatcherInfo> = watchers.iter().collect();
    // Down to the spot: two of one spot would not be neighbours with another function of that name between them.
    sorted.sort_by_key(|one| {
        (one.event, one.krate, one.module, one.function, one.version, one.file, one.line, one.column)
    });
    let pairs = sorted.windows(2).filter_map(|pair| <&[&WatcherInfo; 2]>::try_from(pair).ok());
    for [first, second] in pairs {
        let place = |one: &WatcherInfo| (one.event, one.krate, one.module, one.function);
        let spot = |one: &WatcherInfo| (one.file, one.line, one.column);
        if place(first) == place(second) && (first.version != second.version || spot(first) == spot(second)) {
            return Err(TableError::Duplicate { first: Box::new(**first), second: Box::new(**second) });
        }
    }
    Ok(())
}

/// Finds a crate that is expected and has no registration.
pub(crate) fn all_expected(registrations: &[Registered]) -> Result<(), TableError> {
    let mut expectations = registrations.iter().filter(|one| one.table == EXPECT).map(|one| one.place);
    let missing = expectations.find(|expected| {
        let mut others = registrations.iter().filter(|one| one.table != EXPECT);
        !others.any(|one| is_from(&one.place, expected.name))
    });
    match missing {
        Some(Place { name: krate, file, line, .. }) => Err(TableError::Missing { krate, file, line }),
        None => Ok(()),
    }
}

/// Whether the place is in the crate: by the package's name, or by that of the library in it.
fn is_from(place: &Place<'_>, krate: &str) -> bool {
    let root = place.module.split("::").next();
    [place.package, root].into_iter().flatten().any(|name| name.replace('-', "_") == krate.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EventKind;

    fn at(line: u32, version: &'static str) -> WatcherInfo {
        WatcherInfo {
            name: "audit",
            function: "audit",
            event: EventKind::Exec,
            order: 0,
            krate: "audit",
            version,
            module: "audit",
            file: "src/lib.rs",
            line,
            column: 4,
        }
    }

    #[test]
    fn two_of_one_spot_are_found_around_another() {
        assert!(no_duplicates(&[at(1, "1.0.0"), at(2, "1.0.0")]).is_ok());
        for lines in [[1, 2, 1], [1, 1, 2], [2, 1, 2]] {
            let watchers = lines.map(|line| at(line, "1.0.0"));
            assert!(matches!(no_duplicates(&watchers), Err(TableError::Duplicate { .. })), "{lines:?}");
        }
        assert!(no_duplicates(&[at(1, "1.0.0"), at(2, "2.0.0")]).is_err());
    }
}
