//! The absences that ARCHITECTURE.md promises: what may not stand where, read from the sources.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 6] =
    ["watchers", "watchers-macros", "process-runtime", "taskwatch", "examples", "benches"];

/// One source file without its tests.
struct Source {
    /// From the root of the workspace.
    path: String,
    text: String,
}

impl Source {
    /// The lines that are code, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(n, line)| (n + 1, line.trim()));
        lines.filter(|(_, line)| !line.starts_with("//")).map(|(n, line)| match line.split_once(" // ") {
            Some((code, _)) => (n, code),
            None => (n, line),
        })
    }
}

#[test]
fn unsafe_code_has_its_places() {
    let mut places =
        files_with(&["process-runtime/src", "watchers/src", "taskwatch/src"], "allow(unsafe_code");
    places.retain(|path| !path.starts_with("process-runtime/src/sys/"));
    // The second: the doorbell's one system call, which may not touch errno.
    assert_eq!(places, ["process-runtime/src/arch/x86_64.rs", "watchers/src/table.rs"]);
}

#[test]
fn one_place_waits() {
    assert_eq!(files_with(&["process-runtime/src"], "libc::wait"), ["process-runtime/src/sys/wait.rs"]);
    let callers = files_with(&["process-runtime/src"], "wait::");
    // The second takes one child by its pid, on the host's thread.
    assert_eq!(callers, ["process-runtime/src/foreign.rs", "process-runtime/src/stop/observe.rs"]);
}

#[test]
fn one_place_restarts_a_task() {
    for request in ["ptrace::cont(", "ptrace::syscall(", "ptrace::listen(", "ptrace::detach("] {
        assert_eq!(
            files_with(&["process-runtime/src"], request),
            ["process-runtime/src/resume.rs"],
            "{request}"
        );
    }
}

#[test]
fn one_place_calls_watchers() {
    assert_eq!(files_with(&["process-runtime/src"], ".notify("), ["process-runtime/src/deliver.rs"]);
}

#[test]
fn decoding_and_the_table_ask_nobody() {
    for path in ["stop/decode.rs", "task/table.rs", "task/change.rs", "filter/rule.rs", "filter/program.rs"] {
        let path = format!("process-runtime/src/{path}");
        let source = sources(&path).pop().unwrap_or_else(|| panic!("there is no {path}"));
        for (n, line) in source.code() {
            let asks =
                ["crate::sys::", "crate::proc::", "std::fs", "rustix::"].iter().any(|way| line.contains(way));
            assert!(!asks, "{path}:{n} reaches for the kernel: {line}");
        }
    }
}

/// Clippy refuses `unwrap`, `panic!` and indexing; here is what it lets pass.
#[test]
fn what_a_tracee_does_panics_nobody() {
    for source in sources("process-runtime/src") {
        for (n, line) in source.code() {
            let loud = ["assert!(", "assert_eq!(", "unreachable!(", ".expect(\""]
                .iter()
                .any(|word| line.contains(word));
            assert!(!loud || line.starts_with("const _:"), "{}:{n} may panic: {line}", source.path);
        }
    }
}

#[test]
fn watchers_knows_of_no_supervisor() {
    let manifest = fs::read_to_string(root().join("watchers/Cargo.toml")).unwrap();
    assert!(!manifest.contains("process-runtime"));
    assert_eq!(files_with(&["watchers/src"], "libc::ptrace"), [""; 0]);
}

#[test]
fn the_command_has_no_private_door() {
    for folder in ["taskwatch/src", "examples/src"] {
        assert_eq!(files_with(&[folder], "::private::"), [""; 0]);
        let root = sources(&format!("{folder}/lib.rs")).pop().unwrap();
        assert!(root.text.contains("#![forbid(unsafe_code)]"), "{folder}");
    }
}

#[test]
fn files_say_what_they_are_and_names_say_something() {
    for source in CRATES.into_iter().flat_map(sources) {
        let name = Path::new(&source.path).file_stem().unwrap().to_string_lossy().into_owned();
        let says_nothing = ["util", "utils", "helpers", "common", "misc", "inner", "manager"];
        assert!(!says_nothing.contains(&name.as_str()), "{} could be anything", source.path);
        // Inputs of the compiler's tests are shown to readers of error messages, line by line.
        let is_input = source.path.contains("/tests/ui/");
        assert!(is_input || source.text.starts_with("//! "), "{} does not say what it is for", source.path);
    }
}

#[test]
fn the_map_is_complete() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let named: Vec<&str> =
        map.split('`').filter(|name| name.ends_with(".rs") || name.ends_with('/')).collect();
    for folder in ["watchers/src", "watchers-macros/src", "process-runtime/src", "taskwatch/src"] {
        for source in sources(folder) {
            let path = Path::new(&source.path).strip_prefix(folder).unwrap();
            let above = path.ancestors().skip(1).map(|folder| format!("{}/", folder.display()));
            let mut names =
                above.chain([path.display().to_string(), path.file_name().unwrap().display().to_string()]);
            let is_root = ["lib.rs", "main.rs", "mod.rs"].iter().any(|root| path.ends_with(root));
            assert!(
                is_root || names.any(|name| named.contains(&name.as_str())),
                "{} is not on the map",
                source.path
            );
        }
    }
    let known: Vec<String> = CRATES.into_iter().flat_map(sources).map(|source| source.path).collect();
    for name in named.iter().filter(|name| name.ends_with(".rs") && !name.contains('{')) {
        assert!(
            known.iter().any(|path| Path::new(path).ends_with(name)),
            "the map has {name}, which is not there"
        );
    }
}

/// Those of the files below the folders whose code has `piece`, sorted.
fn files_with(folders: &[&str], piece: &str) -> Vec<String> {
    let found = folders.iter().flat_map(|folder| sources(folder));
    let found = found.filter(|source| source.code().any(|(_, line)| line.contains(piece)));
    found.map(|source| source.path).collect()
}

/// The sources at or below a path, sorted, each up to its unit tests; files that are unit tests are left out.
fn sources(path: &str) -> Vec<Source> {
    let mut files = Vec::new();
    gather(&root().join(path), &mut files);
    files.sort();
    files.retain(|file| !is_unit_test(file));
    let source = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
        Source { path: file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(), text }
    };
    files.into_iter().map(source).collect()
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| gather(&entry.unwrap().path(), files));
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        files.push(path.to_owned());
    }
}

/// Whether the module above declares the file for tests only.
fn is_unit_test(file: &Path) -> bool {
    let declaration = format!("#[cfg(test)]\nmod {};", file.file_stem().unwrap().display());
    let above =
        ["mod.rs", "lib.rs"].map(|name| fs::read_to_string(file.with_file_name(name)).unwrap_or_default());
    above.iter().any(|text| text.contains(&declaration))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
