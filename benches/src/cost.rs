//! What a command costs, and what it says.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Result;
use crate::program::{Prefix, Workshop};

/// Time that a command took, with everything that it waited for.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From fork to wait, in ns.
    pub wall: f64,
    /// User and system time, in ns.
    pub cpu: f64,
}

/// Runs commands and measures them (`meter.c`).
#[derive(Debug)]
pub struct Meter(PathBuf);

impl Meter {
    /// Compiles it.
    ///
    /// # Errors
    ///
    /// As [`Workshop::compile`].
    pub fn new(workshop: &Workshop) -> Result<Meter> {
        workshop.compile("meter.c", &["-static"]).map(Meter)
    }

    /// Runs `words` in the way that `prefix` says.
    ///
    /// # Errors
    ///
    /// If it fails.
    pub fn measure(&self, prefix: &Prefix, words: &[&str]) -> Result<Cost> {
        let inner = prefix.command(words);
        let mut outer = Command::new(&self.0);
        outer.arg(inner.get_program()).args(inner.get_args());
        match numbers(outer)?.as_slice() {
            [wall, cpu] => Ok(Cost { wall: *wall, cpu: *cpu }),
            other => Err(format!("the meter says {other:?}").into()),
        }
    }
}

/// Runs a command and reads the numbers that it prints.
///
/// # Errors
///
/// If it fails.
pub fn numbers(mut command: Command) -> Result<Vec<f64>> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    text.split_ascii_whitespace().map(|word| Ok(word.parse()?)).collect()
}
