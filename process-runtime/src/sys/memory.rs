//! `process_vm_readv(2)` and `process_vm_writev(2)`: another task's memory.
#![allow(unsafe_code, reason = "process_vm_readv(2) has no safe binding")]

use watchers::{Errno, Tid};

use super::check;

/// Reads up to `buffer.len()` bytes from `address`; fewer where the mapping ends. EFAULT: nothing is
/// mapped there; EPERM: the task is not dumpable and we are not privileged.
pub(crate) fn read(tid: Tid, address: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
    let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: `local` describes the exclusively borrowed buffer, of which any bytes are values.
    unsafe { read_into(tid, address, &local) }
}

/// The same, in words of 64 bits. How many were read whole.
pub(crate) fn read_words(tid: Tid, address: u64, buffer: &mut [u64]) -> Result<usize, Errno> {
    let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: size_of_val(buffer) };
    // SAFETY: `local` describes the exclusively borrowed buffer, of which any bytes are values.
    unsafe { read_into(tid, address, &local) }.map(|n_bytes| n_bytes / size_of::<u64>())
}

/// # Safety
///
/// `local` describes memory that may be written to.
unsafe fn read_into(tid: Tid, address: u64, local: &libc::iovec) -> Result<usize, Errno> {
    let remote = libc::iovec { iov_base: address as usize as *mut libc::c_void, iov_len: local.iov_len };
    // SAFETY: of `local` as above; `remote` is only an address of another process and is checked by the kernel.
    let n = check(unsafe { libc::process_vm_readv(tid.as_raw(), local, 1, &raw const remote, 1, 0) } as i64)?;
    Ok(n as usize)
}

/// Writes all of `bytes` at `address`, where the task itself may write. EFAULT: it may not, or only to a part;
/// EPERM: the task is not dumpable and we are not privileged.
pub(crate) fn write(tid: Tid, address: u64, bytes: &[u8]) -> Result<(), Errno> {
    let local = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let remote = libc::iovec { iov_base: address as usize as *mut libc::c_void, iov_len: bytes.len() };
    // SAFETY: `local` describes the borrowed bytes, which are only read; `remote` is only an address of
    // another process and is checked by the kernel.
    let n =
        check(
            unsafe { libc::process_vm_writev(tid.as_raw(), &raw const local, 1, &raw const remote, 1, 0) }
                as i64,
        )?;
    if n as usize == bytes.len() { Ok(()) } else { Err(Errno::EFAULT) }
}
