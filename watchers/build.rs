//! Tells the crate two things: which compiler compiles it, a part of its ABI tag, and which gatherer its features ask for.

#![allow(clippy::print_stdout, reason = "this is how a build script talks to cargo")]

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=WATCHERS_RUSTC={}", compiler());
    println!("cargo::rustc-check-cfg=cfg(gatherer, values(\"section\", \"linkme\", \"inventory\"))");
    println!("cargo::rustc-cfg=gatherer=\"{}\"", gatherer());
}

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&version).replace('\n', ";")
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
