//! Why a test may not run here. Every reason is listed in `tests/SKIPS.md`; a test checks that.

use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    NoStrace,
    NoBash,
    NoMake,
    NoPython,
    NoPythonSuite,
    NoPerl,
    NoJava,
    NotX86,
    NoDevFull,
    NoUnshare,
    NoStrip,
    NoRustc,
    NotRoot,
    NoCc1,
}

impl Skip {
    pub const ALL: [Self; 14] = [
        Self::NoStrace,
        Self::NoBash,
        Self::NoMake,
        Self::NoPython,
        Self::NoPythonSuite,
        Self::NoPerl,
        Self::NoJava,
        Self::NotX86,
        Self::NoDevFull,
        Self::NoUnshare,
        Self::NoStrip,
        Self::NoRustc,
        Self::NotRoot,
        Self::NoCc1,
    ];

    /// The name that `SKIPS.md` lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoStrace => "no-strace",
            Self::NoBash => "no-bash",
            Self::NoMake => "no-make",
            Self::NoPython => "no-python",
            Self::NoPythonSuite => "no-python-suite",
            Self::NoPerl => "no-perl",
            Self::NoJava => "no-java",
            Self::NotX86 => "not-x86",
            Self::NoDevFull => "no-dev-full",
            Self::NoUnshare => "no-unshare",
            Self::NoStrip => "no-strip",
            Self::NoRustc => "no-rustc",
            Self::NotRoot => "not-root",
            Self::NoCc1 => "no-cc1",
        }
    }
}

/// Says on stderr that (a part of) a test did not run, and why.
pub fn skip(what: &str, why: Skip) {
    eprintln!("skipped: {what}: {}", why.name());
}

/// The program of that name on the search path.
pub fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
