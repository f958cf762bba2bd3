//! [`Text`]: a string that need not be UTF-8.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

use serde::Serialize;

/// A string as it is, or its bytes in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Text {
    String(String),
    Bytes { bytes: String },
}

impl Text {
    pub(crate) fn new(text: impl AsRef<OsStr>) -> Text {
        match text.as_ref().to_str() {
            Some(text) => Text::String(text.to_owned()),
            None => Text::Bytes { bytes: hex(text.as_ref().as_bytes()) },
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
