//! Words of a command line as a shell would take them, safe to print.
//!
//! In: bytes that a tracee chose (argv, paths, messages). Out: text without control characters,
//! terminal escapes, invalid UTF-8 or invisible and direction-changing characters.
//! Does not: shorten to a width (`width.rs`).

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

/// `word` quoted for a POSIX shell (or with bash's `$'..'` where only that can express it).
pub(crate) fn word(word: &OsStr) -> String {
    let mut text = String::new();
    push_word(&mut text, word.as_bytes(), Position::Argument);
    text
}

/// `text` on one line: what cannot be printed is escaped, nothing is quoted.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { push_escape(&mut out, c) } else { out.push(c) }
    }
    out
}

/// Where a word stands: the first one must not look like an assignment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// The first of its line.
    Command,
    /// Any other.
    Argument,
}

/// Adds `bytes` to `out` as one word.
pub(crate) fn push_word(out: &mut String, bytes: &[u8], position: Position) {
    match str::from_utf8(bytes) {
        Ok(text) if text.chars().any(is_hidden) => push_escaped(out, bytes),
        Ok("") => out.push_str("''"),
        Ok(text) if text.chars().all(|c| is_bare(c, position)) => out.push_str(text),
        Ok(text) if text.contains('\'') && !text.contains(['"', '$', '`', '\\', '!']) => {
            out.extend(["\"", text, "\""]);
        }
        Ok(text) => push_single_quoted(out, text),
        Err(_) => push_escaped(out, bytes),
    }
}

fn push_single_quoted(out: &mut String, text: &str) {
    out.push('\'');
    for (n, part) in text.split('\'').enumerate() {
        if n > 0 {
            out.push_str("'\\''");
        }
        out.push_str(part);
    }
    out.push('\'');
}

fn push_escaped(out: &mut String, bytes: &[u8]) {
    out.push_str("$'");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => out.extend(['\\', c]),
                c if is_hidden(c) => push_escape(out, c),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            push_byte(out, *byte);
        }
    }
    out.push('\'');
}

fn push_escape(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{1b}' => out.push_str("\\e"),
        c if u32::from(c) < 0x80 => push_byte(out, c as u8),
        c if u32::from(c) <= 0xffff => push_formatted(out, format_args!("\\u{:04x}", u32::from(c))),
        c => push_formatted(out, format_args!("\\U{:08x}", u32::from(c))),
    }
}

fn push_byte(out: &mut String, byte: u8) {
    push_formatted(out, format_args!("\\x{byte:02x}"));
}

fn push_formatted(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(arguments);
}

fn is_bare(c: char, position: Position) -> bool {
    match c {
        '=' => position == Position::Argument,
        '_' | '@' | '%' | '+' | ':' | ',' | '.' | '/' | '-' => true,
        c => c.is_alphanumeric(),
    }
}

/// Characters that move the cursor, change the direction of writing or do not show at all.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(bytes: &[u8]) -> String {
        word(OsStr::from_bytes(bytes))
    }

    #[test]
    fn plain_words_stay() {
        for text in ["ls", "-la", "/usr/bin/cc1", "a=b", "naïve", "日本", "x,y:z@w%+1"] {
            assert_eq!(quoted(text.as_bytes()), text);
        }
    }

    #[test]
    fn what_a_shell_would_touch_is_quoted() {
        let table = [
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", "\"it's\""),
            ("it's $1", r"'it'\''s $1'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
            ("*.c", "'*.c'"),
        ];
        for (text, expected) in table {
            assert_eq!(quoted(text.as_bytes()), expected);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(quoted(b"\x1b[2Jx"), r"$'\e[2Jx'");
        assert_eq!(quoted(b"a\nb'\\"), r"$'a\nb\'\\'");
        assert_eq!(quoted(b"\xff\xfe!"), r"$'\xff\xfe!'");
        assert_eq!(quoted("a\u{202e}b".as_bytes()), r"$'a\u202eb'");
        assert_eq!(quoted("\u{9b}31m".as_bytes()), r"$'\u009b31m'");
        assert_eq!(quoted("\u{e0041}".as_bytes()), r"$'\U000e0041'");
        assert_eq!(plain("one\ntwo\x1b"), r"one\ntwo\e");
    }
}
