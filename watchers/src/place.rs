//! [`Place`]: who registered what, and where; and its encoding in the linked program.
//!
//! The encoding is made while the user's crate is compiled and holds no pointer, so that it lands among the constants, needs no
//! relocation and can be read from a file:
//!
//! ```text
//! 0  magic    u32   "TWM1"
//! 4  length   u32   of the texts
//! 8  line     u32
//! 12 column   u32
//! 16 texts    package \0 version \0 module \0 function \0 name \0 file      UTF-8
//! ```
//!
//! Numbers are little-endian.

/// Where a registration was made. Public to the generated code only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what it is called")]
pub struct Place<'a> {
    pub line: u32,
    pub column: u32,
    /// `None` where the build was not cargo's; read back, it is the crate's name then.
    pub package: Option<&'a str>,
    pub version: Option<&'a str>,
    pub module: &'a str,
    pub function: &'a str,
    pub name: &'a str,
    pub file: &'a str,
}

/// The first bytes of every encoded place.
const MAGIC: u32 = u32::from_le_bytes(*b"TWM1");

/// The length of what precedes the texts.
pub(crate) const HEADER_LEN: usize = 16;

impl<'a> Place<'a> {
    /// How long [`encode`](Self::encode)'s array is.
    pub const fn encoded_len(&self) -> usize {
        let [package, version, module, function, name, file] = self.texts();
        let texts = package.len() + version.len() + module.len() + function.len() + name.len() + file.len();
        HEADER_LEN + texts + 5
    }

    /// The place as bytes; `N` is [`encoded_len`](Self::encoded_len).
    pub const fn encode<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.encode_to(&mut bytes);
        bytes
    }

    /// Writes the place to the front of these bytes and returns what is behind it.
    pub(crate) const fn encode_to<'b>(&self, bytes: &'b mut [u8]) -> &'b mut [u8] {
        let rest = put(bytes, &MAGIC.to_le_bytes());
        let rest = put(rest, &((self.encoded_len() - HEADER_LEN) as u32).to_le_bytes());
        let rest = put(rest, &self.line.to_le_bytes());
        let rest = put(rest, &self.column.to_le_bytes());
        let [package, version, module, function, name, file] = self.texts();
        let rest = put(put(rest, package.as_bytes()), b"\0");
        let rest = put(put(rest, version.as_bytes()), b"\0");
        let rest = put(put(rest, module.as_bytes()), b"\0");
        let rest = put(put(rest, function.as_bytes()), b"\0");
        let rest = put(put(rest, name.as_bytes()), b"\0");
        put(rest, file.as_bytes())
    }

    const fn texts(&self) -> [&'a str; 6] {
        let package = match self.package {
            Some(package) => package,
            None => krate(self.module),
        };
        let version = match self.version {
            Some(version) => version,
            None => "",
        };
        [package, version, self.module, self.function, self.name, self.file]
    }

    /// The length of the texts that follow this header; `None` if it is not one.
    pub(crate) fn texts_len(header: [u8; HEADER_LEN]) -> Option<usize> {
        let [magic, length, _, _] = words(header);
        (magic == MAGIC).then_some(length as usize)
    }

    /// Reads an encoded place; `None` if it is not one.
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (header, texts) = bytes.split_first_chunk::<HEADER_LEN>()?;
        if Self::texts_len(*header)? != texts.len() {
            return None;
        }
        let [_, _, line, column] = words(*header);
        let mut texts = std::str::from_utf8(texts).ok()?.split('\0');
        let mut next = || texts.next();
        let (package, version) = (Some(next()?), Some(next()?));
        let (module, function, name, file) = (next()?, next()?, next()?, next()?);
        let place = Self { line, column, package, version, module, function, name, file };
        texts.next().is_none().then_some(place)
    }
}

/// Copies `bytes` to the front and returns what is behind them.
pub(crate) const fn put<'b>(to: &'b mut [u8], bytes: &[u8]) -> &'b mut [u8] {
    let (front, rest) = to.split_at_mut(bytes.len());
    front.copy_from_slice(bytes);
    rest
}

/// The first segment of a module path.
const fn krate(module: &str) -> &str {
    let mut rest = module.as_bytes();
    while let [byte, behind @ ..] = rest {
        if *byte == b':' {
            return module.split_at(module.len() - rest.len()).0;
        }
        rest = behind;
    }
    module
}

fn words(header: [u8; HEADER_LEN]) -> [u32; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(header.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        line: 7,
        column: 4,
        package: Some("my-watchers"),
        version: Some("1.2.3"),
        module: "my_watchers::net",
        function: "audit",
        name: "net.audit",
        file: "src/näh.rs",
    };
    static ENCODED: [u8; PLACE.encoded_len()] = PLACE.encode();

    #[test]
    fn what_was_encoded_is_read_back() {
        assert_eq!(Place::decode(&ENCODED), Some(PLACE));
    }

    #[test]
    fn without_cargo_the_package_is_the_crate() {
        const BARE: Place<'_> = Place { package: None, version: None, ..PLACE };
        static ENCODED: [u8; BARE.encoded_len()] = BARE.encode();
        let read = Place::decode(&ENCODED).unwrap();
        assert_eq!((read.package, read.version), (Some("my_watchers"), Some("")));
        assert_eq!(krate("alone"), "alone");
    }

    #[test]
    fn anything_else_is_refused() {
        for length in 0..ENCODED.len() {
            assert_eq!(Place::decode(&ENCODED[..length]), None, "cut at {length}");
        }
        for (position, byte) in [(0, b'x'), (4, 1), (20, 0), (ENCODED.len() - 1, 0xff)] {
            let mut bytes = ENCODED;
            bytes[position] = byte;
            assert_eq!(Place::decode(&bytes), None, "{byte} at {position}");
        }
    }
}
