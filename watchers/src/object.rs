//! [`read_object`]: the watchers of a program or module that is not running.

use std::{
    error::Error,
    fmt,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::Path,
};

use crate::{
    EventKind, WatcherInfo,
    elf::{self, Elf},
    image::{Registration, find_note, registrations, registrations_in_notes},
    note::Unread,
    registry::total_order,
};

/// Reads the watchers of a program or shared library from its file, which may be stripped and is not run.
///
/// They are sorted as [`registry`](crate::registry) would have them, those of this file alone: a program that is linked with shared
/// libraries of watchers has theirs in their own files. A watcher is in the file whatever the start of the program would say to it.
///
/// ```no_run
/// # fn main() -> Result<(), watchers::ObjectError> {
/// for watcher in watchers::read_object("target/release/supervisor".as_ref())? {
///     println!("{} {} at {}:{}", watcher.event, watcher.path(), watcher.file, watcher.line);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Whatever the file holds, it is an [`ObjectError`] at worst.
pub fn read_object(path: &Path) -> Result<Vec<OwnedWatcherInfo>, ObjectError> {
    read_bytes(&read_file(path)?.0)
}

/// The file's bytes, and which file they are of. What does not begin as an ELF file is not read further, however long it is.
pub(crate) fn read_file(path: &Path) -> Result<(Vec<u8>, Metadata), ObjectError> {
    // Before it is opened: opening a pipe would wait for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(ObjectError::NotElf);
    }
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(elf::HEADER_LEN as u64).read_to_end(&mut bytes)?;
    elf::header(&bytes)?;
    file.read_to_end(&mut bytes)?;
    Ok((bytes, file.metadata()?))
}

pub(crate) fn read_bytes(file: &[u8]) -> Result<Vec<OwnedWatcherInfo>, ObjectError> {
    let elf = Elf::parse(file)?;
    let found = match find_note(&elf) {
        Ok(note) => registrations(&elf, &note),
        Err(Unread::Absent) => registrations_in_notes(&elf),
        Err(Unread::Format(format)) => return Err(ObjectError::Format { format }),
    };
    let mut found = found.map_err(|garbled| ObjectError::Garbled { what: garbled.0 })?;
    found.sort_by(total_order);
    let watchers = found.iter().filter_map(|one| {
        let event = EventKind::ALL.into_iter().find(|kind| *kind as usize == one.table)?;
        Some(OwnedWatcherInfo::new(event, one))
    });
    let watchers: Vec<_> = watchers.collect();
    if watchers.is_empty() { Err(ObjectError::NoWatchers) } else { Ok(watchers) }
}

/// One watcher of one event, as a file says: see [`WatcherInfo`] for the fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "WatcherInfo documents them")]
pub struct OwnedWatcherInfo {
    pub name: String,
    pub function: String,
    pub event: EventKind,
    pub order: i32,
    pub krate: String,
    pub version: String,
    pub module: String,
    pub file: String,
    pub line: u32,
}

impl OwnedWatcherInfo {
    /// `module::function`.
    pub fn path(&self) -> String {
        format!("{}::{}", self.module, self.function)
    }

    fn new(event: EventKind, registration: &Registration<'_, ()>) -> Self {
        let place = registration.place;
        Self {
            name: place.name.to_owned(),
            function: place.function.to_owned(),
            event,
            order: registration.order,
            krate: place.package.unwrap_or_default().to_owned(),
            version: place.version.unwrap_or_default().to_owned(),
            module: place.module.to_owned(),
            file: place.file.to_owned(),
            line: place.line,
        }
    }
}

impl From<&WatcherInfo> for OwnedWatcherInfo {
    fn from(watcher: &WatcherInfo) -> Self {
        Self {
            name: watcher.name.to_owned(),
            function: watcher.function.to_owned(),
            event: watcher.event,
            order: watcher.order,
            krate: watcher.krate.to_owned(),
            version: watcher.version.to_owned(),
            module: watcher.module.to_owned(),
            file: watcher.file.to_owned(),
            line: watcher.line,
        }
    }
}

/// Why a file's watchers cannot be listed. The path is not in the message: the caller has it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ObjectError {
    /// The file cannot be read.
    Io(io::Error),
    /// It is no ELF file at all.
    NotElf,
    /// It is an ELF file of a kind that cannot have watchers of this format.
    #[non_exhaustive]
    Unsupported {
        /// Of which kind.
        what: &'static str,
    },
    /// It is a program or library without any watcher.
    NoWatchers,
    /// Its watchers are in another format than this version reads.
    #[non_exhaustive]
    Format {
        /// The format's number.
        format: u32,
    },
    /// It contradicts itself: cut off, or not written by a linker.
    #[non_exhaustive]
    Garbled {
        /// In what.
        what: &'static str,
    },
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NotElf => f.write_str("it is not a program or a library (no ELF file)"),
            Self::Unsupported { what } => f.write_str(what),
            Self::NoWatchers => f.write_str("there are no task watchers in it"),
            Self::Format { format } => {
                write!(f, "its watchers are in format {format}, which this version does not know")
            }
            Self::Garbled { what } => write!(f, "it is damaged: {what}"),
        }
    }
}

impl Error for ObjectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::NotElf
            | Self::Unsupported { .. }
            | Self::NoWatchers
            | Self::Format { .. }
            | Self::Garbled { .. } => None,
        }
    }
}

impl From<io::Error> for ObjectError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
