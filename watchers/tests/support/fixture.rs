//! The workspace in tests/link_matrix, copied to where it can be built, and what builds it.
#![allow(dead_code, reason = "each test uses a part")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// How a package is built, besides what its `Cargo.toml` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Build {
    /// `--release` or not.
    pub(crate) release: bool,
    /// Environment variables, as in `CARGO_PROFILE_RELEASE_LTO`.
    pub(crate) environment: Vec<(String, String)>,
    /// Arguments for the compiler when it links the program, and only then.
    pub(crate) link: Vec<String>,
    /// Who gathers its watchers.
    pub(crate) gatherer: Gatherer,
}

/// A gatherer, by the feature that it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Gatherer {
    /// The one that this test was built with.
    #[default]
    Own,
    Section,
    Linkme,
}

impl Gatherer {
    fn feature(self) -> Option<&'static str> {
        match self {
            Self::Own if cfg!(gatherer = "linkme") => Some("linkme"),
            Self::Own if cfg!(gatherer = "inventory") => Some("inventory"),
            Self::Own | Self::Section => None,
            Self::Linkme => Some("linkme"),
        }
    }
}

impl Build {
    /// Builds the program `package` and returns its path, or what cargo said.
    pub(crate) fn program(&self, package: &str) -> Result<PathBuf, String> {
        self.run(&["--package", package, "--bin", package])?;
        Ok(self.folder().join(package))
    }

    /// Builds the shared library `package` and returns its path, or what cargo said.
    pub(crate) fn library(&self, package: &str) -> Result<PathBuf, String> {
        self.run(&["--package", package, "--lib"])?;
        Ok(self.folder().join(format!("lib{package}.so")))
    }

    /// Where cargo puts what it builds this way.
    pub(crate) fn folder(&self) -> PathBuf {
        self.target().join(if self.release { "release" } else { "debug" })
    }

    fn run(&self, what: &[&str]) -> Result<(), String> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(workspace())
            .env("CARGO_TARGET_DIR", self.target())
            .env_remove("CARGO_BUILD_TARGET");
        cargo.args(["rustc", "--offline", "--quiet"]).args(what);
        if self.release {
            cargo.arg("--release");
        }
        if let Some(feature) = self.gatherer.feature() {
            cargo.args(["--features", feature]);
        }
        cargo.envs(self.environment.iter().map(|(name, value)| (name, value)));
        cargo.arg("--").args(&self.link);
        let Output { status, stderr, .. } = cargo.output().expect("cargo can be run");
        if status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&stderr).into_owned()) }
    }

    /// One for all, but that other flags for every crate would make cargo build each of them anew, there and back.
    fn target(&self) -> PathBuf {
        let own = self.environment.iter().any(|(name, _)| name == "RUSTFLAGS");
        let name = match self.gatherer {
            _ if own => "link_matrix_target_flags",
            Gatherer::Linkme => "link_matrix_target_linkme",
            Gatherer::Own | Gatherer::Section => "link_matrix_target",
        };
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
    }
}

/// The copied workspace.
fn workspace() -> &'static Path {
    static WORKSPACE: OnceLock<PathBuf> = OnceLock::new();
    WORKSPACE.get_or_init(|| {
        let watchers = Path::new(env!("CARGO_MANIFEST_DIR"));
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("link_matrix");
        copy_folder(&watchers.join("tests/link_matrix"), &copy);
        // The same versions of everything, so that nothing has to be fetched.
        if let Ok(lock) = fs::read(watchers.join("../Cargo.lock")) {
            fs::write(copy.join("Cargo.lock"), lock).expect("the copy can be written");
        }
        copy
    })
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the fixture is there") {
        let entry = entry.expect("the fixture can be read");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().expect("the fixture can be read").is_dir() {
            true => copy_folder(&from, &to),
            false => copy_file(&from, &to),
        }
    }
}

/// Copies a file unless it is there already, so that cargo need not build it again. Paths to this package become absolute.
fn copy_file(from: &Path, to: &Path) {
    let text = fs::read_to_string(from).expect("the fixture is text");
    let watchers = format!("{:?}", env!("CARGO_MANIFEST_DIR"));
    let text = text.replace("\"../../..\"", &watchers).replace("\"../..\"", &watchers);
    if fs::read_to_string(to).ok().as_ref() != Some(&text) {
        fs::write(to, text).expect("the copy can be written");
    }
}
