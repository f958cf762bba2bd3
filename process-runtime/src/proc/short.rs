//! [`Short`]: a file of /proc that is read at once.

use std::fs::File;

use rustix::buffer::spare_capacity;
use watchers::Errno;

/// A file of /proc that is short: one open, one read, one close, as a rule. `fs::read` asks for its size, which /proc
/// does not know, and then reads in small steps.
pub(crate) struct Short(Vec<u8>);

impl Short {
    /// More than `status`, `stat` and `auxv` have, unless a task is in hundreds of groups.
    const USUAL: usize = 4096;

    /// Reads `path`. ENOENT, ESRCH: the task is gone.
    pub(crate) fn read(path: &str) -> Result<Short, Errno> {
        let file = File::open(path).map_err(|error| errno(&error))?;
        let mut bytes = Vec::with_capacity(Self::USUAL);
        loop {
            rustix::io::read(&file, spare_capacity(&mut bytes)).map_err(|error| errno(&error.into()))?;
            // KERNEL: a file made of lines gives as much as fits (fs/seq_file.c `seq_read_iter`).
            if bytes.len() < bytes.capacity() {
                return Ok(Short(bytes));
            }
            bytes.reserve(bytes.len());
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_long_is_read_to_its_end() {
        for length in [0, 1, 4095, 4096, 4097, 20_000] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), vec![b'x'; length]).unwrap();
            assert_eq!(Short::read(file.path().to_str().unwrap()).unwrap().bytes().len(), length);
        }
    }
}
