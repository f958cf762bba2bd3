//! Strings of a tracee in JSON: text where they are UTF-8, their bytes in hex where they are not.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

use serde::ser::{Serialize, SerializeMap, Serializer};

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
}
