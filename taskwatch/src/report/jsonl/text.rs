//! Strings of a tracee in JSON: text where they are UTF-8, their bytes in hex where they are not.
//!
//! The stream may be looked at on a terminal: what a terminal would obey is escaped, beyond what JSON asks for.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStrExt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::Formatter;

use crate::quote;

/// A string of the kernel's kind, as JSON sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Any string will do.
    pub(super) fn new<S: AsRef<OsStr> + ?Sized>(text: &'a S) -> Text<'a> {
        Text(text.as_ref().as_bytes())
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = str::from_utf8(self.0) {
            return serializer.serialize_str(text);
        }
        let mut hex = String::with_capacity(2 * self.0.len());
        for byte in self.0 {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("bytes", &hex)?;
        map.end()
    }
}

/// Compact JSON that no terminal obeys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Careful;

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Most of what is written is plain ASCII, and serde_json has taken the control characters below it out.
        if fragment.bytes().all(|byte| byte < 0x7f) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| quote::is_hidden(*c)) {
            writer.write_all(fragment.get(written..at).unwrap_or_default().as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        writer.write_all(fragment.get(written..).unwrap_or_default().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_text_and_the_rest_is_hex() {
        let json = |bytes| serde_json::to_string(&Text::new(OsStr::from_bytes(bytes))).unwrap();
        assert_eq!(json("a\u{1b}\"é".as_bytes()), r#""a\u001b\"é""#);
        assert_eq!(json(b""), r#""""#);
        assert_eq!(json(b"a\xff\x00"), r#"{"bytes":"61ff00"}"#);
    }

    #[test]
    fn no_terminal_obeys() {
        for text in ["a\u{7f}b\u{9b}31m\u{202e}c", "\u{e0041}x\u{feff}", "plain é 日本", "\u{200b}"] {
            let mut line = Vec::new();
            text.serialize(&mut serde_json::Serializer::with_formatter(&mut line, Careful)).unwrap();
            let line = String::from_utf8(line).unwrap();
            assert!(!line.chars().any(quote::is_hidden), "{line}");
            assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
    }
}
