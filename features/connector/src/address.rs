//! [`Listener`]: the socket's place in the file system.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, fchmod};
use rustix::io::Errno;
use rustix::net::{
    self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect, socket_with,
};

/// How many clients may wait to be taken in. The kernel cuts it down to `net.core.somaxconn`.
const BACKLOG: i32 = 128;

/// A socket that clients connect to. Its file goes with it.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: OwnedFd,
    path: PathBuf,
}

impl Listener {
    /// Binds `path`, which the owner alone may connect to. A socket that nobody listens on any more is replaced.
    pub(crate) fn bind(path: &Path) -> io::Result<Listener> {
        let address = SocketAddrUnix::new(path)?;
        let socket = socket()?;
        // KERNEL: the file gets the socket's own mode (net/unix/af_unix.c `unix_bind_bsd`), so it is never open to others.
        fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
        match bind(&socket, &address) {
            Err(Errno::ADDRINUSE) if is_abandoned(path, &address) => {
                fs::remove_file(path)?;
                bind(&socket, &address)?;
            }
            other => other?,
        }
        let listener = Listener { socket, path: path.to_owned() };
        net::listen(&listener.socket, BACKLOG)?;
        Ok(listener)
    }

    /// The next client, if one waits.
    pub(crate) fn accept(&self) -> Option<OwnedFd> {
        accept_with(&self.socket, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK).ok()
    }
}

fn socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?)
}

/// Whether the file is a socket that nobody listens on.
fn is_abandoned(path: &Path, address: &SocketAddrUnix) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket && socket().is_ok_and(|socket| connect(socket, address) == Err(Errno::CONNREFUSED))
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Gone already if somebody tidied up.
        let _ = fs::remove_file(&self.path);
    }
}
