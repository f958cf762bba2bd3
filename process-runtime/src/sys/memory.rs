//! `process_vm_readv(2)` and `process_vm_writev(2)`: another task's memory.
#![allow(unsafe_code, reason = "process_vm_readv(2) has no safe binding")]

use std::mem::MaybeUninit;

use watchers::{Errno, Tid};

use super::check_raw;
use crate::arch;

/// Reads up to `buffer.len()` bytes from `address`; fewer where the mapping ends. EFAULT: nothing is
/// mapped there; EPERM: the task is not dumpable and we are not privileged.
pub(crate) fn read(tid: Tid, address: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
    let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: `local` describes the exclusively borrowed buffer, of which any bytes are values.
    unsafe { read_into(tid, address, &local) }
}

/// The same, in words of 64 bits. Those that were read whole.
pub(crate) fn read_words(tid: Tid, address: u64, buffer: &mut [MaybeUninit<u64>]) -> Result<&[u64], Errno> {
    let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: size_of_val(buffer) };
    // SAFETY: `local` describes the exclusively borrowed buffer, of which any bytes are values.
    let n_words = unsafe { read_into(tid, address, &local) }? / size_of::<u64>();
    let read = buffer.get(..n_words).unwrap_or_default();
    // SAFETY: the kernel has written so many words, and a `MaybeUninit` is laid out as what it holds.
    Ok(unsafe { std::slice::from_raw_parts(read.as_ptr().cast(), read.len()) })
}

/// # Safety
///
/// `local` describes memory that may be written to.
unsafe fn read_into(tid: Tid, address: u64, local: &libc::iovec) -> Result<usize, Errno> {
    let remote = libc::iovec { iov_base: address as usize as *mut libc::c_void, iov_len: local.iov_len };
    // SAFETY: of `local` as above; `remote` is only an address of another process and is checked by the kernel.
    unsafe { transfer(libc::SYS_process_vm_readv, tid, local, &remote) }
}

/// Writes all of `bytes` at `address`, where the task itself may write. EFAULT: it may not, or only to a part;
/// EPERM: the task is not dumpable and we are not privileged.
pub(crate) fn write(tid: Tid, address: u64, bytes: &[u8]) -> Result<(), Errno> {
    let local = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let remote = libc::iovec { iov_base: address as usize as *mut libc::c_void, iov_len: bytes.len() };
    // SAFETY: `local` describes the borrowed bytes, which are only read; `remote` is only an address of
    // another process and is checked by the kernel.
    let n_bytes = unsafe { transfer(libc::SYS_process_vm_writev, tid, &local, &remote) }?;
    if n_bytes == bytes.len() { Ok(()) } else { Err(Errno::EFAULT) }
}

/// # Safety
///
/// `local` describes memory that the call may read, or write.
#[inline]
unsafe fn transfer(
    number: libc::c_long,
    tid: Tid,
    local: &libc::iovec,
    remote: &libc::iovec,
) -> Result<usize, Errno> {
    let [local, remote] = [local, remote].map(|area| std::ptr::from_ref(area) as usize);
    // SAFETY: the caller's word.
    check_raw(unsafe { arch::call_kernel(number, [tid.as_raw() as usize, local, 1, remote, 1, 0]) })
}
