//! Tells the crate which compiler compiles it: a part of its ABI tag.

use std::{env, process::Command};

#[allow(clippy::print_stdout, reason = "this is how a build script talks to cargo")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    let version = String::from_utf8_lossy(&version).replace('\n', ";");
    println!("cargo::rustc-env=WATCHERS_RUSTC={version}");
}
