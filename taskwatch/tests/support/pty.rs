//! A pseudo-terminal: the test is what sits at it.

use rustix::{
    fs::{Mode, OFlags, open},
    io::Errno,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use std::os::fd::OwnedFd;

#[derive(Debug)]
pub struct Pty {
    controller: OwnedFd,
    /// Kept open until the reading begins: without anybody at the other end a read fails.
    terminal: OwnedFd,
}

impl Pty {
    pub fn new() -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let terminal =
            open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        Self { controller, terminal }
    }

    /// One more end for a program.
    pub fn terminal(&self) -> OwnedFd {
        self.terminal.try_clone().unwrap()
    }

    /// What somebody types.
    pub fn type_in(&self, keys: &[u8]) {
        let mut left = keys;
        while !left.is_empty() {
            let n = rustix::io::write(&self.controller, left).unwrap();
            left = &left[n..];
        }
    }

    /// Reads on until all that was shown since the last call ends the way that `is_enough` likes.
    pub fn read_until(&self, is_enough: impl Fn(&str) -> bool) -> String {
        let mut shown = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&shown).into_owned();
            if is_enough(&text) {
                return text;
            }
            let mut buffer = [0; 4096];
            match rustix::io::read(&self.controller, &mut buffer) {
                Ok(n) if n > 0 => shown.extend_from_slice(&buffer[..n]),
                Err(Errno::INTR) => {}
                end => panic!("the terminal was closed ({end:?}) after {text:?}"),
            }
        }
    }

    /// Everything, until nobody has the terminal open any more.
    pub fn read_to_end(self) -> Vec<u8> {
        drop(self.terminal);
        let mut shown = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match rustix::io::read(&self.controller, &mut buffer) {
                Ok(n) if n > 0 => shown.extend_from_slice(&buffer[..n]),
                Err(Errno::INTR) => {}
                // The kernel says EIO when the last program has let go.
                _ => return shown,
            }
        }
    }
}
