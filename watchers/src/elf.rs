//! [`Elf`]: a linked ELF file as bytes by address, without running it.
//!
//! Only the program headers are read: those are what a stripped file still has. *Does not* trust a single number.

use crate::{ObjectError, image::Image};

/// A file whose header has been checked.
pub(crate) struct Elf<'a> {
    file: &'a [u8],
    segments: Vec<Segment>,
}

struct Segment {
    kind: u32,
    address: u64,
    offset: u64,
    len: u64,
}

/// elf(5): `e_ident`, then where the program headers are.
const MAGIC: &[u8] = b"\x7fELF";
const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
pub(crate) const HEADER_LEN: usize = 64;
const SEGMENT_LEN: usize = 56;
const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;

/// elf(5): `e_type` of a shared library; and of a program that may be loaded anywhere, which the loader refuses to open.
const ET_DYN: u64 = 3;

/// elf(5), elf.h: `e_machine` of what this program can load. 0, where the number is not known here, is that of no machine.
const MACHINE: u64 = if cfg!(target_arch = "x86_64") {
    62
} else if cfg!(target_arch = "aarch64") {
    183
} else if cfg!(target_arch = "riscv64") {
    243
} else if cfg!(target_arch = "loongarch64") {
    258
} else {
    0
};

/// The header of a file, if it is that of a 64-bit little-endian ELF file.
pub(crate) fn header(file: &[u8]) -> Result<&[u8; HEADER_LEN], ObjectError> {
    if !file.starts_with(MAGIC) {
        return Err(ObjectError::NotElf);
    }
    let header = file.first_chunk::<HEADER_LEN>().ok_or(garbled("it ends in its header"))?;
    if header.get(4..6) != Some(&[CLASS_64, LITTLE_ENDIAN]) {
        return Err(ObjectError::Unsupported { what: "it is not for a 64-bit little-endian machine" });
    }
    Ok(header)
}

impl<'a> Elf<'a> {
    /// Reads the headers.
    pub(crate) fn parse(file: &'a [u8]) -> Result<Self, ObjectError> {
        let header = header(file)?;
        let cut = garbled("it ends in its header");
        let start = number::<8>(header, 32).ok_or(cut)?;
        let (size, n_segments) = (number::<2>(header, 54), number::<2>(header, 56));
        match (size, n_segments) {
            (_, Some(0)) => Err(ObjectError::Unsupported { what: "it is not linked: it has no segments" }),
            (Some(size), Some(n)) if size == SEGMENT_LEN as u64 => Self::with_segments(file, start, n),
            _ => Err(garbled("its segments have a size of their own")),
        }
    }

    /// Whether this program can load it as a library. The loader says of another machine's that there is no such file, or less.
    pub(crate) fn check_loadable(&self) -> Result<(), ObjectError> {
        if number::<2>(self.file, 16) != Some(ET_DYN) {
            return Err(ObjectError::Unsupported { what: "it is not a shared library" });
        }
        if MACHINE != 0 && number::<2>(self.file, 18) != Some(MACHINE) {
            return Err(ObjectError::Unsupported { what: "it is for another kind of machine" });
        }
        Ok(())
    }

    fn with_segments(file: &'a [u8], start: u64, n_segments: u64) -> Result<Self, ObjectError> {
        let headers = slice(file, start, n_segments.saturating_mul(SEGMENT_LEN as u64));
        let headers = headers.ok_or(garbled("its program headers lie outside of it"))?;
        let segment = |header: &[u8; SEGMENT_LEN]| {
            Some(Segment {
                kind: u32::try_from(number::<4>(header, 0)?).ok()?,
                offset: number::<8>(header, 8)?,
                address: number::<8>(header, 16)?,
                len: number::<8>(header, 32)?,
            })
        };
        let segments = headers.as_chunks::<SEGMENT_LEN>().0.iter().filter_map(segment).collect();
        Ok(Self { file, segments })
    }

    /// Whether all that is to be in memory is there. The loader maps what the headers say and would be killed by SIGBUS behind the
    /// end of a file that was cut off.
    pub(crate) fn is_whole(&self) -> bool {
        let mut loads = self.segments.iter().filter(|segment| segment.kind == PT_LOAD);
        loads.all(|load| slice(self.file, load.offset, load.len).is_some())
    }
}

impl<'a> Image<'a> for Elf<'a> {
    /// A function in a file is nothing that could be called.
    type Thunk = ();

    fn notes(&self) -> Vec<(u64, &'a [u8])> {
        let notes = self.segments.iter().filter(|segment| segment.kind == PT_NOTE);
        notes.filter_map(|note| Some((note.address, slice(self.file, note.offset, note.len)?))).collect()
    }

    fn bytes(&self, address: u64, len: usize) -> Option<&'a [u8]> {
        self.segments.iter().filter(|segment| segment.kind == PT_LOAD).find_map(|segment| {
            let inside = address.checked_sub(segment.address)?;
            let end = inside.checked_add(len as u64)?;
            (end <= segment.len).then(|| slice(self.file, segment.offset.checked_add(inside)?, len as u64))?
        })
    }

    fn thunk(&self, _: u64) -> Option<()> {
        Some(())
    }

    fn room(&self) -> usize {
        self.file.len()
    }
}

fn garbled(what: &'static str) -> ObjectError {
    ObjectError::Garbled { what }
}

fn slice(file: &[u8], offset: u64, len: u64) -> Option<&[u8]> {
    file.get(usize::try_from(offset).ok()?..)?.get(..usize::try_from(len).ok()?)
}

/// The little-endian number of `N` bytes at this offset.
fn number<const N: usize>(bytes: &[u8], offset: usize) -> Option<u64> {
    let bytes = bytes.get(offset..)?.first_chunk::<N>()?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
