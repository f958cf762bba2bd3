//! The few colours of the reports.
//!
//! A [`Palette`] either paints or does not; whoever renders never asks which.

use anstyle::{AnsiColor, Style};

/// The colours of a report, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Palette {
    /// Text only.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// What a piece of text is, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Lines, columns, remarks.
    Dim,
    /// The program that runs in the end.
    Name,
    /// Something went wrong.
    Failure,
    /// Worth a look.
    Warning,
    /// The word that says what happened (log).
    Event,
}

impl Palette {
    /// `text` in `ink`.
    pub(crate) fn paint(self, ink: Ink, text: &str) -> String {
        if self == Palette::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = ink.style();
        format!("{style}{text}{style:#}")
    }
}

impl Ink {
    fn style(self) -> Style {
        match self {
            Ink::Dim => Style::new().dimmed(),
            Ink::Name => Style::new().bold(),
            Ink::Failure => AnsiColor::Red.on_default().bold(),
            Ink::Warning => AnsiColor::Yellow.on_default(),
            Ink::Event => AnsiColor::Cyan.on_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_plain() {
        assert_eq!(Palette::Plain.paint(Ink::Failure, "x"), "x");
        assert_eq!(Palette::Coloured.paint(Ink::Failure, ""), "");
        assert_eq!(Palette::Coloured.paint(Ink::Name, "x"), "\u{1b}[1mx\u{1b}[0m");
    }
}
