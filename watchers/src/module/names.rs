//! What is said of a module's watchers, copied out of the module.
//!
//! An outcome, a notice or an error names a watcher whose module may be gone when that is read. So the texts stay for good, but only
//! once: a module that is loaded again and again finds them there.

use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use crate::{WatcherInfo, place::Place};

/// Everything that was ever said.
static TEXTS: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
static WATCHERS: Mutex<Option<HashSet<&'static WatcherInfo>>> = Mutex::new(None);

/// The place, with texts that stay.
pub(super) fn kept(place: Place<'_>) -> Place<'static> {
    Place {
        line: place.line,
        column: place.column,
        package: place.package.map(text),
        version: place.version.map(text),
        module: text(place.module),
        function: text(place.function),
        name: text(place.name),
        file: text(place.file),
    }
}

/// The watcher, where it stays.
pub(super) fn watcher(watcher: &WatcherInfo) -> &'static WatcherInfo {
    keep(&WATCHERS, watcher, || Box::leak(Box::new(*watcher)))
}

fn text(text: &str) -> &'static str {
    keep(&TEXTS, text, || text.to_owned().leak())
}

fn keep<T: ?Sized + Eq + Hash>(
    kept: &Mutex<Option<HashSet<&'static T>>>,
    one: &T,
    leak: impl FnOnce() -> &'static T,
) -> &'static T {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default();
    if let Some(same) = kept.get(one) {
        return same;
    }
    let leaked = leak();
    kept.insert(leaked);
    leaked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once() {
        let [first, second] = ["audit"; 2].map(|name| text(&String::from(name)));
        assert!(std::ptr::eq(first, second));
        assert_eq!(text("other"), "other");
    }
}
