//! The module that a path means: it is unloaded by one, and the file may not be there any more.

use std::{
    fs,
    path::{Path, PathBuf, absolute},
};

use super::Module;

/// The first of these modules that was loaded from the file to which the path leads now; or else, from a file of that name, or by that path:
/// the file may have been removed since, and a symbolic link may lead to the next version.
pub(crate) fn meant<'m>(
    modules: impl Iterator<Item = &'m Module> + Clone,
    path: &Path,
) -> Option<&'m Module> {
    let now = fs::canonicalize(path).ok();
    let of_file = now.and_then(|file| modules.clone().find(|module| module.path() == file));
    let name = name(path);
    of_file.or_else(|| modules.clone().find(|module| module.path() == name || module.name() == name))
}

/// The path without symbolic links but for its last part: a name that stays where the file goes.
pub(super) fn name(path: &Path) -> PathBuf {
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    match (path.parent().map(fs::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path,
    }
}
