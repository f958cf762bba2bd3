//! The programs that are measured.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// A directory for compiled programs.
#[derive(Clone, Debug)]
pub struct Workshop {
    directory: PathBuf,
    supervisor: PathBuf,
}

/// Opens the workshop of a bench: only there does cargo say where things are.
#[macro_export]
macro_rules! workshop {
    () => {
        $crate::program::Workshop::new(env!("CARGO_TARGET_TMPDIR"), env!("CARGO_BIN_EXE_supervise"))
    };
}

impl Workshop {
    /// As [`workshop!`] does.
    pub fn new(directory: impl Into<PathBuf>, supervisor: impl Into<PathBuf>) -> Workshop {
        Workshop { directory: directory.into(), supervisor: supervisor.into() }
    }

    /// Compiles `source`, a C file of this crate, with `flags`.
    ///
    /// # Errors
    ///
    /// If there is no `cc`, or it refuses.
    pub fn compile(&self, source: &str, flags: &[&str]) -> Result<PathBuf> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        let name = source.file_stem().ok_or("a C file has a name")?;
        let program = self.directory.join(name);
        let mut compiler = Command::new("cc");
        compiler.args(["-O2", "-Wall", "-o"]).arg(&program).arg(&source).args(flags);
        match compiler.status() {
            Ok(status) if status.success() => Ok(program),
            Ok(status) => Err(format!("{compiler:?}: {status}").into()),
            Err(error) => Err(format!("a C compiler is needed: {compiler:?}: {error}").into()),
        }
    }

    /// `supervise nothing|everything|observers`, to which a command is to be added.
    pub fn supervisor(&self, interest: &str) -> Prefix {
        Prefix::of(&self.supervisor).and(interest)
    }

    /// The minimal tracer with the filter of this interest.
    ///
    /// # Errors
    ///
    /// As [`compile`](Self::compile).
    pub fn tracer(&self, interest: &str) -> Result<Prefix> {
        Ok(Prefix::of(&self.compile("tracer.c", &[])?).and(interest))
    }
}

/// The words in front of a command that run it in some way; none for "as it is".
#[derive(Clone, Debug, Default)]
pub struct Prefix(Vec<PathBuf>);

impl Prefix {
    /// One word.
    pub fn of(program: impl AsRef<Path>) -> Prefix {
        Prefix(vec![program.as_ref().to_owned()])
    }

    /// strace with as few stops as it can do with, if it is installed.
    pub fn strace() -> Option<Prefix> {
        let strace = find("strace")?;
        let options = ["-f", "--seccomp-bpf", "-e", "trace=process", "-o", "/dev/null"];
        Some(options.into_iter().fold(Prefix::of(strace), Prefix::and))
    }

    /// One word more.
    pub fn and(mut self, word: impl AsRef<Path>) -> Prefix {
        self.0.push(word.as_ref().to_owned());
        self
    }

    /// The whole command.
    pub fn command<W: AsRef<Path>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        let whole = words.into_iter().fold(self.clone(), Prefix::and);
        let mut whole = whole.0.into_iter();
        let mut command = Command::new(whole.next().unwrap_or_default());
        command.args(whole);
        command
    }
}

/// The module of this name under `modules/`: cargo has put it beside the bench.
///
/// # Errors
///
/// If the bench's own place is not known.
pub fn module(name: &str) -> Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(format!("libbench_module_{name}.so")))
}

/// Where an installed program is.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}
