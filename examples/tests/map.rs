//! What a newcomer relies on: ARCHITECTURE.md has every file on its map, every file says what it is for, and the
//! command and the examples are made of what everybody can use.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 7] =
    ["watchers", "watchers-macros", "process-runtime", "taskwatch", "features", "examples", "benches"];

#[test]
fn every_file_is_on_the_map() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let named: Vec<&str> =
        map.split('`').filter(|name| name.ends_with(".rs") || name.ends_with('/')).collect();
    let folders = ["watchers/src", "watchers-macros/src", "process-runtime/src", "taskwatch/src", "features"];
    for folder in folders {
        for path in files(folder).into_iter().filter(|path| !path.iter().any(|name| name == "tests")) {
            let inside = path.strip_prefix(folder).unwrap();
            let is_root = ["lib.rs", "main.rs", "mod.rs"].iter().any(|name| inside.ends_with(name));
            let above = inside.ancestors().skip(1).map(|folder| format!("{}/", folder.display()));
            let mut names = above.chain([inside.display().to_string(), file_name(inside)]);
            let is_there = is_root || names.any(|name| named.contains(&name.as_str()));
            assert!(is_there, "{} is not on the map in ARCHITECTURE.md", path.display());
        }
    }
}

#[test]
fn the_map_names_nothing_else() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let known: Vec<PathBuf> = CRATES.into_iter().flat_map(files).collect();
    let is_one = |name: &&str| name.ends_with(".rs") && !name.contains('{');
    for name in map.split('`').filter(is_one) {
        assert!(known.iter().any(|path| path.ends_with(name)), "the map has {name}, which is not there");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    // Inputs of the compiler's tests are shown to readers of error messages, line by line.
    let inputs = ["tests/ui/", "tests/link_matrix/"];
    let spoken = |path: &PathBuf| !inputs.iter().any(|folder| path.to_str().unwrap().contains(folder));
    for path in CRATES.into_iter().flat_map(files).filter(spoken) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        assert!(text.starts_with("//! "), "{} does not begin with a sentence about itself", path.display());
    }
}

#[test]
fn no_file_could_be_anything() {
    for path in CRATES.into_iter().flat_map(files) {
        let says_nothing = ["util.rs", "utils.rs", "helpers.rs", "common.rs", "misc.rs", "manager.rs"];
        assert!(!says_nothing.contains(&file_name(&path).as_str()), "{}", path.display());
    }
}

#[test]
fn the_command_has_no_private_door() {
    for folder in ["taskwatch/src", "features", "examples/src"] {
        for path in files(folder).into_iter().filter(|path| !path.iter().any(|name| name == "tests")) {
            let text = fs::read_to_string(root().join(&path)).unwrap();
            assert!(!text.contains("::private"), "{} uses what is nobody's", path.display());
            let is_root = path.ends_with("src/lib.rs");
            assert!(!is_root || text.contains("#![forbid(unsafe_code)]"), "{}", path.display());
        }
    }
}

/// The sources below a folder, by their paths from the root of the workspace, sorted.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    gather(&root().join(folder), &mut found);
    found.sort();
    found.into_iter().map(|path| path.strip_prefix(root()).unwrap().to_owned()).collect()
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().display().to_string()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
