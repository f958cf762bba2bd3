//! [`CommandLine`]: what a process executed, as a shell would take it, within bounds.
//!
//! In: an argv of any size and any bytes. Out: printable text that knows where its first word ends.
//! Does not: fit it to a terminal (`width.rs`).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use watchers::Pid;

use crate::quote::{self, Position};

/// A command line, quoted, cut at some length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine {
    text: String,
    name_end: usize,
}

/// How the program is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// By the last component of its path.
    Short,
    /// As it was called.
    AsCalled,
}

impl CommandLine {
    /// The command line of `argv`; reading stops, with an ellipsis, when the text has about `limit` bytes.
    pub(crate) fn new(argv: &[OsString], naming: Naming, limit: usize) -> CommandLine {
        let mut line = CommandLine { text: String::new(), name_end: 0 };
        for (n, word) in argv.iter().enumerate() {
            let is_cut = match n {
                0 => line.push_name(word, naming, limit),
                _ => line.push_argument(word, limit),
            };
            if is_cut || (line.text.len() >= limit && n + 1 < argv.len()) {
                line.text.push('…');
                break;
            }
        }
        line
    }

    /// The whole of it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The program.
    pub(crate) fn name(&self) -> &str {
        self.text.get(..self.name_end).unwrap_or_default()
    }

    fn push_name(&mut self, word: &OsStr, naming: Naming, limit: usize) -> bool {
        let word = if naming == Naming::Short { base_name(word) } else { word };
        let is_cut = self.push(word, Position::Command, limit);
        self.name_end = self.text.len();
        is_cut
    }

    fn push_argument(&mut self, word: &OsStr, limit: usize) -> bool {
        self.text.push(' ');
        self.push(word, Position::Argument, limit)
    }

    fn push(&mut self, word: &OsStr, position: Position, limit: usize) -> bool {
        let kept = cut(word.as_bytes(), limit.saturating_sub(self.text.len()));
        quote::push_word(&mut self.text, kept, position);
        kept.len() < word.len()
    }
}

/// What a process runs, as it says itself; none for one that is dead, or that we may not read.
pub(crate) fn of_process(pid: Pid) -> Option<Vec<OsString>> {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    let argv = words.split(|byte| *byte == 0).map(|word| OsStr::from_bytes(word).to_owned());
    if bytes.is_empty() { None } else { Some(argv.collect()) }
}

/// The last component of a path-like word, as programs are called in conversation.
fn base_name(word: &OsStr) -> &OsStr {
    let bytes = word.as_bytes();
    let name = bytes.rsplit(|b| *b == b'/').next().unwrap_or(bytes);
    if name.is_empty() { word } else { OsStr::from_bytes(name) }
}

/// The first `limit` bytes, and not half a character.
fn cut(bytes: &[u8], limit: usize) -> &[u8] {
    let is_inside = |at: usize| bytes.get(at).is_some_and(|b| b & 0xc0 == 0x80);
    let end = (0..=limit.min(bytes.len())).rev().take(4).find(|at| !is_inside(*at));
    bytes.get(..end.unwrap_or(limit)).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(argv: &[&str], limit: usize) -> CommandLine {
        let argv: Vec<OsString> = argv.iter().map(OsString::from).collect();
        CommandLine::new(&argv, Naming::Short, limit)
    }

    #[test]
    fn the_name_is_short_and_known() {
        let line = line(&["/usr/lib/a b/cc1", "-o", "/tmp/x y"], 100);
        assert_eq!(line.text(), "cc1 -o '/tmp/x y'");
        assert_eq!(line.name(), "cc1");
        let argv = ["/bin/my prog".into(), "x y".into()];
        let line = CommandLine::new(&argv, Naming::AsCalled, 100);
        assert_eq!((line.text(), line.name()), ("'/bin/my prog' 'x y'", "'/bin/my prog'"));
    }

    #[test]
    fn a_command_is_no_assignment() {
        assert_eq!(line(&["LD_PRELOAD=x", "a=b"], 100).text(), "'LD_PRELOAD=x' a=b");
    }

    #[test]
    fn long_command_lines_are_cut() {
        let text = line(&["abcdefgh"; 1000], 20).text().to_owned();
        assert!(text.ends_with('…') && text.len() < 40, "{text}");
        assert!(line(&["a".repeat(1_000_000).as_str()], 50).text().len() < 60);
        assert_eq!(line(&["ab", "cd"], 5).text(), "ab cd");
        assert_eq!(line(&["ééé"], 3).text(), "é…");
        assert_eq!(line(&[], 5).text(), "");
    }

    #[test]
    fn base_names() {
        for (path, name) in [("/bin/sh", "sh"), ("sh", "sh"), ("/", "/"), ("a/", "a/"), ("", "")] {
            assert_eq!(base_name(OsStr::new(path)), name);
        }
    }
}
