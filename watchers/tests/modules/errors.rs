//! What is no module is said to be none, and nothing of it runs.

use std::fs;
use std::path::{Path, PathBuf};

use watchers::{Module, ModuleError, ObjectError, Selection, TableError};

use crate::fixture::Gatherer;
use crate::{alone, library, library_of};

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("modules_{name}"))
}

fn error(path: &Path) -> ModuleError {
    match Module::load(path) {
        Ok(module) => panic!("{module:?} was loaded"),
        Err(error) => error,
    }
}

/// The plugin with these bytes replaced, wherever they are.
fn patched(name: &str, from: &[u8], to: &[u8]) -> PathBuf {
    let mut bytes = fs::read(library("plugin")).unwrap();
    let mut n_places = 0;
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            n_places += 1;
        }
    }
    assert!(n_places > 0);
    let path = scratch(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// The note's name and its format, which precede the tag.
const NOTE: &[u8] = b"taskwatch\0\0\0";

/// The plugin's note up to this word, and the note with that word changed.
fn with_word(name: &str, offset: usize, word: u32) -> PathBuf {
    let bytes = fs::read(library("plugin")).unwrap();
    let at = bytes.windows(NOTE.len()).position(|window| window == NOTE).unwrap() + NOTE.len();
    let from = &bytes[at - NOTE.len()..at + offset + 4];
    let mut to = from.to_vec();
    to[NOTE.len() + offset..].copy_from_slice(&word.to_le_bytes());
    patched(name, from, &to)
}

#[test]
fn a_missing_file() {
    let error = error(Path::new("/no/such/module.so"));
    assert!(matches!(&error, ModuleError::Object(ObjectError::Io(_))), "{error}");
    assert_eq!(error.to_string(), "No such file or directory (os error 2)");
}

#[test]
fn a_text_file_and_a_directory() {
    let text = scratch("text");
    fs::write(&text, "#!/bin/sh\nexit 0\n").unwrap();
    for path in [&*text, Path::new("/")] {
        let error = error(path);
        assert!(matches!(&error, ModuleError::Object(ObjectError::NotElf)), "{error}");
    }
}

/// Longer than any memory: of what is no module, the beginning is read.
#[test]
fn a_file_without_end() {
    let path = scratch("endless");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = error(&path);
    assert!(matches!(&error, ModuleError::Object(ObjectError::NotElf)), "{error}");
}

/// The loader would say that the file is not there.
#[test]
fn a_library_of_another_machine_and_a_fixed_program() {
    for (name, offset, number, sentence) in [
        ("machine", 18, 0xfeed_u16, "it is for another kind of machine"),
        ("program", 16, 2, "it is not a shared library"),
    ] {
        let mut bytes = fs::read(library("plugin")).unwrap();
        bytes[offset..offset + 2].copy_from_slice(&number.to_le_bytes());
        let path = scratch(name);
        fs::write(&path, bytes).unwrap();
        assert_eq!(error(&path).to_string(), sentence);
    }
}

#[test]
fn a_library_without_watchers() {
    let error = error(&library("watchless"));
    assert_eq!(error.to_string(), "there are no task watchers in it");
}

#[test]
fn another_compilers_module() {
    let error = error(&with_word("abi", 8, 0x1234_5678));
    assert!(matches!(error, ModuleError::Abi { .. }), "{error}");
    assert!(
        error.to_string().contains("another compiler, for another target or against other sources"),
        "{error}"
    );
}

#[test]
fn a_module_of_another_format() {
    let error = error(&with_word("format", 0, 99));
    assert!(matches!(&error, ModuleError::Object(ObjectError::Format { format: 99, .. })), "{error}");
}

#[test]
fn a_damaged_module() {
    let whole = fs::read(library("plugin")).unwrap();
    for parts in [1, 2, 4] {
        let path = scratch("cut");
        fs::write(&path, &whole[..whole.len() * parts / 100]).unwrap();
        let error = error(&path);
        assert!(matches!(&error, ModuleError::Object(_) | ModuleError::Open { .. }), "{error}");
    }
    let error = error(&with_word("bounds", 24 + 8 * 2, 0x7fff_fff0));
    assert!(matches!(&error, ModuleError::Object(ObjectError::Garbled { .. })), "{error}");
}

/// Built with a constructor for each watcher, which would run before anybody could look.
#[test]
fn a_module_of_another_gatherer() {
    let error = error(&library_of(Gatherer::Linkme, "plugin"));
    assert!(matches!(error, ModuleError::Gatherer), "{error}");
}

#[test]
fn a_program_is_no_module() {
    let error = error(&std::env::current_exe().unwrap());
    // One of another gatherer is known by its notes, before the loader is asked.
    let expected = match error {
        ModuleError::Gatherer => !cfg!(gatherer = "section"),
        ModuleError::Open { .. } => cfg!(gatherer = "section"),
        _ => false,
    };
    assert!(expected, "{error}");
}

#[test]
fn twice_in_one_selection() {
    let _alone = alone();
    let mut selection = Selection::all().unwrap();
    let module = Module::load(&library("plugin")).unwrap();
    selection.load(module.clone()).unwrap();
    assert!(matches!(selection.load(module), Err(ModuleError::Loaded)));
    // A copy of the file is another library with the same watchers.
    let copy = scratch("copy.so");
    fs::copy(library("plugin"), &copy).unwrap();
    let error = selection.load(Module::load(&copy).unwrap()).unwrap_err();
    assert!(matches!(&error, ModuleError::Table(TableError::Duplicate { .. })), "{error}");
    assert_eq!(selection.modules().count(), 1);
}
