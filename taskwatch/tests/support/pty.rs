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
    /// Kept until the programs have theirs: without anybody at the other end a read fails.
    terminal: Option<OwnedFd>,
    /// Shown, and not asked for yet.
    unread: Vec<u8>,
}

impl Pty {
    pub fn new() -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let terminal =
            open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        Self { controller, terminal: Some(terminal), unread: Vec::new() }
    }

    /// One more end for a program.
    pub fn terminal(&self) -> OwnedFd {
        self.terminal.as_ref().unwrap().try_clone().unwrap()
    }

    /// From now on reading ends when the last program is gone.
    pub fn leave_to_programs(&mut self) {
        self.terminal = None;
    }

    /// What somebody types.
    pub fn type_in(&self, keys: &[u8]) {
        let mut left = keys;
        while !left.is_empty() {
            let n = rustix::io::write(&self.controller, left).unwrap();
            left = &left[n..];
        }
    }

    /// Reads on to the end of the next `text`.
    pub fn read_to(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = find(&self.unread, text.as_bytes()) {
                let rest = self.unread.split_off(at + text.len());
                let shown = std::mem::replace(&mut self.unread, rest);
                return String::from_utf8_lossy(&shown).into_owned();
            }
            if !self.read_more() {
                panic!(
                    "no {text:?} in {:?}, and nobody is at the terminal",
                    String::from_utf8_lossy(&self.unread)
                );
            }
        }
    }

    /// Whether there was more.
    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 4096];
        loop {
            match rustix::io::read(&self.controller, &mut buffer) {
                Ok(n) if n > 0 => {
                    self.unread.extend_from_slice(&buffer[..n]);
                    return true;
                }
                Err(Errno::INTR) => {}
                // The kernel says EIO when the last program has let go.
                _ => return false,
            }
        }
    }

    /// Everything, until nobody has the terminal open any more.
    pub fn read_to_end(mut self) -> Vec<u8> {
        self.leave_to_programs();
        while self.read_more() {}
        self.unread
    }
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}
