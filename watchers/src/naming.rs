//! How people name watchers, and [`UnknownWatcher`]: where nobody is called so.

use std::{error::Error, fmt};

use crate::{WatcherInfo, nearest::nearest};

/// Whether this is a name of the watcher: its explicit name, its function's, or any end of its path.
pub(crate) fn is_called(watcher: &WatcherInfo, name: &str) -> bool {
    let path = watcher.path();
    let end_of_path =
        || path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with("::"));
    watcher.name == name || !name.is_empty() && end_of_path()
}

/// Whether anybody of `all` is called so.
pub(crate) fn check(name: &str, all: &[&WatcherInfo]) -> Result<(), UnknownWatcher> {
    if all.iter().any(|watcher| is_called(watcher, name)) {
        return Ok(());
    }
    let paths: Vec<String> = all.iter().map(|watcher| watcher.path()).collect();
    let names = all.iter().flat_map(|watcher| [watcher.name, watcher.function]);
    let nearest = nearest(name, names.chain(paths.iter().map(String::as_str)));
    Err(UnknownWatcher { name: name.to_owned(), nearest: nearest.map(str::to_owned) })
}

/// No watcher of the program has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownWatcher {
    /// The name that was asked for.
    pub name: String,
    /// The name that looks most like it, if there is any watcher.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no watcher is called `{}`", self.name)?;
        match &self.nearest {
            Some(nearest) => write!(f, ": the nearest is `{nearest}`"),
            None => f.write_str(": there are no watchers at all"),
        }
    }
}

impl Error for UnknownWatcher {}
