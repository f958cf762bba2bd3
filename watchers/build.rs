//! Tells the crate what its ABI tag is made of (the compiler, the target, the crate's sources) and which gatherer its features ask for.

#![allow(clippy::print_stdout, reason = "this is how a build script talks to cargo")]

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rustc-env=WATCHERS_RUSTC={}", compiler());
    println!("cargo::rustc-env=WATCHERS_TARGET={}", env::var("TARGET").unwrap_or_default());
    // Sources that cannot be read are not compiled either.
    println!("cargo::rustc-env=WATCHERS_SOURCES={:016x}", sources(Path::new("src")).unwrap_or_default());
    println!("cargo::rustc-check-cfg=cfg(gatherer, values(\"section\", \"linkme\", \"inventory\"))");
    println!("cargo::rustc-cfg=gatherer=\"{}\"", gatherer());
}

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&version).replace('\n', ";")
}

/// A number for what the files of this folder are called and say: FNV-1a.
pub(crate) fn sources(folder: &Path) -> io::Result<u64> {
    let mut files = files(folder)?;
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned();
        for byte in [name.into_bytes(), fs::read(&file)?].concat() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    Ok(hash)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => found.extend(files(&entry.path())?),
            false => found.push(entry.path()),
        }
    }
    Ok(found)
}

/// Features only add, so that any set of them has to mean something: `linkme` wins.
fn gatherer() -> &'static str {
    let feature = |name| env::var_os(name).is_some();
    match (feature("CARGO_FEATURE_LINKME"), feature("CARGO_FEATURE_INVENTORY")) {
        (true, _) => "linkme",
        (false, true) => "inventory",
        (false, false) => "section",
    }
}
