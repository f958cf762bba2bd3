//! The manual page and the completion scripts, made from the grammar of `cli.rs`.

use std::io::{self, Write};

use clap_complete::Shell;

use crate::cli;

/// Writes the manual page, in roff.
///
/// # Errors
/// Those of `out`.
pub(crate) fn page(out: &mut dyn Write) -> io::Result<()> {
    let mut roff = Vec::new();
    clap_mangen::Man::new(cli::grammar()).render(&mut roff)?;
    out.write_all(&roff)
}

/// Writes the completion script of `shell`.
///
/// # Errors
/// Those of `out`.
pub(crate) fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::grammar(), "taskwatch", &mut script);
    out.write_all(&script)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn both_name_the_options() {
        let mut text = Vec::new();
        page(&mut text).unwrap();
        assert!(String::from_utf8(text).unwrap().contains("max\\-tasks"));
        for shell in Shell::value_variants() {
            let mut text = Vec::new();
            completions(*shell, &mut text).unwrap();
            assert!(String::from_utf8(text).unwrap().contains("max-tasks"), "{shell}");
        }
    }
}
