//! Modules: loaded, called, unloaded; and everything that is wrong with what is no module.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../support/fixture.rs"]
mod fixture;

mod errors;
mod life;
mod many_times;
mod memory;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fixture::{Build, Gatherer};
use watchers::{Task, task_watcher};

/// The program has a table too.
#[task_watcher(init, exec)]
fn of_the_program(task: &Task) {
    if let Some(diary) = task.data::<Diary>() {
        diary.borrow_mut().push("the program".to_owned());
    }
}

/// What the plugin writes to.
type Diary = std::cell::RefCell<Vec<String>>;

/// One test at a time: whether a module is mapped is the process's affair, and so is how often its statics were used.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The library of a fixture crate, built as this test was.
fn library(package: &str) -> PathBuf {
    library_of(Gatherer::Section, package)
}

fn library_of(gatherer: Gatherer, package: &str) -> PathBuf {
    let build = Build { release: !cfg!(debug_assertions), gatherer, ..Build::default() };
    build.library(package).unwrap_or_else(|error| panic!("{package}: {error}"))
}

/// Whether code of this library is in memory. (A panic's backtrace may leave the file mapped to be read, by the standard library of the
/// module that panicked.)
fn mapped(path: &Path) -> bool {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().any(|line| line.contains(" r-xp ") && line.ends_with(&*path.to_string_lossy()))
}
