//! What can be wrong with a module: [`ModuleError`].

use std::{error::Error, fmt, io};

use crate::{Errno, ObjectError, TableError};

/// Why a module was not loaded. Nothing of it is used then. The path is not in the message: the caller has it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ModuleError {
    /// The file is no library with watchers: it is missing, is something else, has none, or is damaged.
    Object(ObjectError),
    /// It was built by another compiler, for another target or against other sources of this crate: its types may be laid out otherwise.
    #[non_exhaustive]
    Abi {
        /// The module's tag.
        module: u64,
        /// The tag that it should have.
        host: u64,
    },
    /// Its watchers were gathered by another gatherer than the default one: they are known once it runs only.
    Gatherer,
    /// The loader refused it: a library that it needs is missing, or it is a program.
    #[non_exhaustive]
    Open {
        /// What the loader said.
        message: String,
    },
    /// Its watchers are in the program already, or a crate that it expects has none in it.
    Table(TableError),
    /// The file is not what it was when it was loaded, and the library of then is in memory still: it is used, or the loader keeps it
    /// ([`Unloaded::StillMapped`](crate::Unloaded::StillMapped)). Under another name the new one can be loaded.
    Replaced,
    /// It is loaded already, and calls would be made twice.
    Loaded,
    /// It is not loaded.
    Absent,
    /// The kernel refused to make its table read-only.
    #[non_exhaustive]
    Seal {
        /// With this error.
        errno: Errno,
    },
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(error) => error.fmt(f),
            Self::Abi { module, host } => write!(
                f,
                "it was built by another compiler, for another target or against other sources of the crate `watchers`: its ABI tag is {module:016x}, and {host:016x} is wanted"
            ),
            Self::Gatherer => f.write_str(
                "its watchers were gathered by linkme or inventory: build it without these features of `watchers`",
            ),
            Self::Open { message } => write!(f, "it cannot be opened: {message}"),
            Self::Table(error) => error.fmt(f),
            Self::Replaced => f.write_str(
                "the file was replaced, and the library that it was is in memory still: load the new one by another name",
            ),
            Self::Loaded => f.write_str("it is loaded already"),
            Self::Absent => f.write_str("it is not loaded"),
            Self::Seal { errno } => write!(f, "its table cannot be made read-only: {errno}"),
        }
    }
}

impl Error for ModuleError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Object(error) => error.source(),
            Self::Table(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ObjectError> for ModuleError {
    fn from(error: ObjectError) -> Self {
        Self::Object(error)
    }
}

impl From<io::Error> for ModuleError {
    fn from(error: io::Error) -> Self {
        Self::Object(error.into())
    }
}

impl From<TableError> for ModuleError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}
