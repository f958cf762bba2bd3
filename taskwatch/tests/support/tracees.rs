//! The small C programs under `tests/tracees`, compiled once per content.

use rustix::fs::{FlockOperation, flock};
use std::{
    collections::hash_map::DefaultHasher,
    fs::{self, File},
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

/// The program made of `tests/tracees/NAME.c`.
pub fn tracee(name: &str) -> PathBuf {
    tracee_with(name, &["-O1", "-pthread"])
}

/// `treegrow` has no C library under it.
pub fn treegrow() -> PathBuf {
    let freestanding = "-O1 -nostdlib -static -ffreestanding -fno-stack-protector -fno-pie -no-pie -fcf-protection=none \
                        -fno-asynchronous-unwind-tables -mgeneral-regs-only";
    tracee_with("treegrow", &freestanding.split(' ').filter(|flag| !flag.is_empty()).collect::<Vec<_>>())
}

/// The same, compiled with these flags.
pub fn tracee_with(name: &str, flags: &[&str]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tracees").join(name).with_extension("c");
    let text = fs::read(&source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    let mut hasher = DefaultHasher::new();
    (text, flags).hash(&mut hasher);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tracees");
    fs::create_dir_all(&directory).unwrap();
    let program = directory.join(format!("{name}-{:016x}", hasher.finish()));
    if program.exists() {
        return program;
    }
    let lock = File::create(directory.join("lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    if !program.exists() {
        let unfinished = program.with_extension("unfinished");
        let status = Command::new("cc")
            .args(["-std=gnu11", "-Wall", "-Wextra"])
            .args(flags)
            .arg("-o")
            .arg(&unfinished)
            .arg(&source)
            .status()
            .expect("a C compiler named cc");
        assert!(status.success(), "cc could not compile {}", source.display());
        fs::rename(&unfinished, &program).unwrap();
    }
    program
}
