//! A stopped task's memory as values, and what can be changed in it.

use std::ffi::CString;
use std::ops::Range;

use watchers::Errno;

use crate::arch::{self, Registers, Role};
use crate::inspect::Inspect;
use crate::sys::memory;

/// What memory is mapped in.
///
/// KERNEL: 4 KiB here, and never less elsewhere; a read that does not cross such a boundary is all there or not at all.
const PAGE: u64 = 4096;

/// A value that any bytes are one of: the integers, and arrays of them.
///
/// Only these are read from a task, which may have put anything there.
pub trait Plain: Copy + Sized + sealed::Sealed {
    /// How many bytes it is.
    const SIZE: usize;

    /// The value of these bytes, in the machine's order; none unless there are exactly [`SIZE`](Plain::SIZE).
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! plain {
    ($($Integer:ty),*) => {$(
        impl sealed::Sealed for $Integer {}
        impl Plain for $Integer {
            const SIZE: usize = size_of::<$Integer>();

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(<$Integer>::from_ne_bytes)
            }
        }
    )*};
}

plain![u8, u16, u32, u64, u128, i8, i16, i32, i64, i128];

impl<T: Plain, const N: usize> sealed::Sealed for [T; N] {}
impl<T: Plain, const N: usize> Plain for [T; N] {
    const SIZE: usize = T::SIZE * N;

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let values: Vec<T> = bytes.chunks_exact(T::SIZE).map_while(T::from_bytes).collect();
        if bytes.len() == Self::SIZE { values.try_into().ok() } else { None }
    }
}

impl Inspect<'_> {
    /// Reads one value.
    ///
    /// ```
    /// use process_runtime::{Inspect, Role};
    /// use watchers::Errno;
    ///
    /// /// `argc`, at the first instruction of a program.
    /// fn argc(stopped: &Inspect<'_>) -> Result<u64, Errno> {
    ///     stopped.read_value(stopped.register(Role::Stack)?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Inspect::read); EFAULT also where only a part is mapped.
    pub fn read_value<T: Plain>(&self, address: u64) -> Result<T, Errno> {
        let mut bytes = vec![0; T::SIZE];
        let read = self.read(address, &mut bytes)?;
        bytes.truncate(read);
        T::from_bytes(&bytes).ok_or(Errno::EFAULT)
    }

    /// Reads a string that ends with a NUL, of at most `most` bytes without that.
    ///
    /// # Errors
    ///
    /// As [`read`](Inspect::read); E2BIG: it is longer.
    pub fn read_string(&self, address: u64, most: usize) -> Result<CString, Errno> {
        let mut text = Vec::new();
        while text.len() <= most {
            let at = address.wrapping_add(text.len() as u64);
            // Up to the page's end: what comes after it may not be mapped, and not be asked for.
            let mut page = [0; PAGE as usize];
            let wanted = page.get_mut(..(PAGE - at % PAGE) as usize).ok_or(Errno::EFAULT)?;
            let read = self.read(at, wanted)?;
            text.extend(wanted.iter().take(read));
            if let Some(end) = text.iter().position(|byte| *byte == 0) {
                text.truncate(end);
                let is_short = text.len() <= most;
                return if is_short {
                    CString::new(text).map_err(|_| Errno::EFAULT)
                } else {
                    Err(Errno::E2BIG)
                };
            }
        }
        Err(Errno::E2BIG)
    }

    /// Reads the `struct iovec`s of a call such as writev(2): address and length of each.
    ///
    /// # Errors
    ///
    /// As [`read_value`](Inspect::read_value); EINVAL: more than the kernel takes (IOV_MAX, 1024).
    #[doc(alias = "iovec")]
    pub fn read_iovecs(&self, address: u64, count: usize) -> Result<Vec<(u64, u64)>, Errno> {
        if count > libc::UIO_MAXIOV as usize {
            return Err(Errno::EINVAL);
        }
        let one = |n: u64| self.read_value::<[u64; 2]>(address.wrapping_add(n * 16));
        (0..count as u64).map(|n| one(n).map(|[base, length]| (base, length))).collect()
    }

    /// Reads what is mapped of a range, over the holes in it: the parts of `buffer` that were read, in order. The others
    /// are as before.
    ///
    /// # Errors
    ///
    /// EPERM, ESRCH, as [`read`](Inspect::read). That nothing is mapped is none.
    pub fn read_mapped(&self, address: u64, buffer: &mut [u8]) -> Result<Vec<Range<usize>>, Errno> {
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut start = 0;
        while start < buffer.len() {
            let at = address.wrapping_add(start as u64);
            let end = buffer.len().min(start + (PAGE - at % PAGE) as usize);
            let Some(page) = buffer.get_mut(start..end) else { break };
            match self.read(at, page) {
                Ok(_) => extend(&mut parts, start..end),
                Err(Errno::EFAULT) => {}
                Err(errno) => return Err(errno),
            }
            start = end;
        }
        Ok(parts)
    }

    /// Writes all of `bytes` at `address`, where the task itself may write.
    ///
    /// # Errors
    ///
    /// EFAULT: it may not, or only to a part, which is written. EPERM, ESRCH: as [`read`](Inspect::read).
    pub fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        let written = memory::write(self.tid, address, bytes);
        if written.is_ok() {
            self.origin.spaces.rewritten(self.pid, address, bytes);
        }
        written
    }

    /// The register that has this role.
    ///
    /// # Errors
    ///
    /// ESRCH: it was killed meanwhile.
    pub fn register(&self, role: Role) -> Result<u64, Errno> {
        arch::register(self.tid, role)
    }

    /// Replaces the register that has this role. At the entry of a system call that changes which call is made, and with
    /// what; at its end, what the task gets.
    ///
    /// # Errors
    ///
    /// ESRCH: it was killed meanwhile. EIO: the kernel does not accept the value.
    pub fn set_register(&self, role: Role, value: u64) -> Result<(), Errno> {
        arch::set_register(self.tid, role, value)
    }

    /// Replaces all user-mode registers.
    ///
    /// # Errors
    ///
    /// As [`set_register`](Inspect::set_register).
    pub fn set_registers(&self, registers: &Registers) -> Result<(), Errno> {
        arch::set_registers(self.tid, registers)
    }
}

/// Adds a part, to the last one where they touch.
fn extend(parts: &mut Vec<Range<usize>>, part: Range<usize>) {
    match parts.last_mut() {
        Some(last) if last.end == part.start => last.end = part.end,
        _ => parts.push(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_bytes() {
        assert_eq!(u32::from_bytes(&7u32.to_ne_bytes()), Some(7));
        assert_eq!(u32::from_bytes(&[1, 2, 3]), None);
        assert_eq!(<[u16; 2]>::from_bytes(&[1, 0, 2, 0]), Some([1u16.to_le(), 2u16.to_le()]));
        assert_eq!((<[u16; 2]>::from_bytes(&[1, 0, 2]), <[u16; 2]>::from_bytes(&[0; 5])), (None, None));
        assert_eq!(<[[i64; 3]; 2]>::SIZE, 48);
    }

    #[test]
    fn parts_that_touch_are_one() {
        let mut parts = Vec::new();
        for part in [0..4, 4..8, 12..16, 16..17] {
            extend(&mut parts, part);
        }
        assert_eq!(parts, [0..8, 12..17]);
    }
}
