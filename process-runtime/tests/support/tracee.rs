//! Tracees: C programs, compiled when a test first wants them.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

static COMPILING: Mutex<()> = Mutex::new(());

/// A command that runs the tracee `name` (of `tests/tracees/NAME.c`, here or in `process-runtime`).
pub(crate) fn tracee(name: &str) -> Command {
    Command::new(tracee_path(name))
}

/// The tracee `name`, started by the tracee `launch`, which changes what it inherits: see `launch.c`.
pub(crate) fn launched(heritage: &[&str], command: &Command) -> Command {
    let mut launched = tracee("launch");
    launched.args(heritage).arg("--").arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => launched.env(key, value),
            None => launched.env_remove(key),
        };
    }
    launched
}

/// Where the tracee `name` is, compiled. Its file name is `NAME-` and the hash of what it was made of.
pub(crate) fn tracee_path(name: &str) -> PathBuf {
    let source = source(name);
    let headers = of_the_runtime();
    let mut hash = DefaultHasher::new();
    for file in [&source, &headers.join("tracee.h"), &headers.join("filter.h")] {
        fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).hash(&mut hash);
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tracees");
    let program = target.join(format!("{name}-{:016x}", hash.finish()));
    let _lock = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
    if !program.exists() {
        fs::create_dir_all(&target).unwrap();
        compile(&source, &program);
    }
    program
}

/// Where the tracee `name` is written: the tests of other crates have tracees of their own, and these.
fn source(name: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/tracees/{name}.c"));
    if own.exists() { own } else { of_the_runtime().join(format!("{name}.c")) }
}

/// The folder that this file's neighbours are in.
fn of_the_runtime() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = root.map(|folder| folder.join("process-runtime/tests/tracees"));
    folders.find(|folder| folder.exists()).expect("the workspace has process-runtime")
}

/// The finished program appears by a rename: another test process may be making the same one.
fn compile(source: &Path, program: &Path) {
    let unfinished = program.with_extension(format!("{}", std::process::id()));
    let flags = ["-O1", "-pthread", "-Wall", "-Wno-unused-result"];
    let compiled = Command::new("cc")
        .args(flags)
        .arg("-I")
        .arg(of_the_runtime())
        .arg("-o")
        .arg(&unfinished)
        .arg(source)
        .output();
    let compiled = compiled.expect("a C compiler is needed for the tests");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    fs::rename(&unfinished, program).unwrap();
}
