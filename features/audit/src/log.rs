//! [`Log`]: lines, each in one write, to something that may be full.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::record::{Record, What};

/// Where lines go, and what has become of them.
#[derive(Debug)]
pub(crate) struct Log<W> {
    to: W,
    /// How many lines are missing since the last that was written.
    lost: u64,
    /// Whether the last write ended in the middle of a line.
    is_torn: bool,
    is_reported: bool,
}

impl<W: Write> Log<W> {
    pub(crate) fn new(to: W) -> Log<W> {
        Log { to, lost: 0, is_torn: false, is_reported: false }
    }

    /// Writes one line, and before it, if some are missing, how many.
    pub(crate) fn write(&mut self, record: &impl Serialize) {
        if self.lost > 0 && self.line(&Record::new(What::Lost { records: self.lost })).is_err() {
            self.lost += 1;
            return;
        }
        self.lost = 0;
        if let Err(error) = self.line(record) {
            self.lost = 1;
            if !self.is_reported {
                self.is_reported = true;
                eprintln!("audit: the log cannot be written, and goes on when it can: {error}");
            }
        }
    }

    fn line(&mut self, record: &impl Serialize) -> io::Result<()> {
        let mut line = if self.is_torn { vec![b'\n'] } else { Vec::new() };
        serde_json::to_writer(&mut line, record)?;
        line.push(b'\n');
        let n_written = self.write_once(&line)?;
        // Of a write that wrote nothing but the end of the torn line, nothing is torn.
        self.is_torn = if n_written == 0 { self.is_torn } else { line.get(n_written - 1) != Some(&b'\n') };
        if n_written < line.len() { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    /// A write in parts could be torn apart by another supervisor's.
    fn write_once(&mut self, line: &[u8]) -> io::Result<usize> {
        loop {
            match self.to.write(line) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, and then no more.
    #[derive(Default)]
    struct Disk {
        bytes: Vec<u8>,
        room: usize,
        n_writes: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.n_writes += 1;
            let n = bytes.len().min(self.room);
            self.room -= n;
            self.bytes.extend_from_slice(&bytes[..n]);
            if n == 0 { Err(ErrorKind::StorageFull.into()) } else { Ok(n) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(log: &Log<Disk>) -> Vec<String> {
        let text = String::from_utf8(log.to.bytes.clone()).unwrap();
        let shorten = |line: &str| match line.split_once("\"records\":") {
            Some((_, n)) => format!("lost {}", n.split(',').next().unwrap()),
            None => line.to_owned(),
        };
        text.lines().map(shorten).collect()
    }

    #[test]
    fn a_line_is_a_write() {
        let mut log = Log::new(Disk { room: 1000, ..Disk::default() });
        log.write(&"one");
        log.write(&"two");
        assert_eq!((lines(&log), log.to.n_writes), (vec!["\"one\"".into(), "\"two\"".into()], 2));
    }

    #[test]
    fn what_is_missing_is_counted_when_there_is_room() {
        let mut log = Log::new(Disk { room: 9, ..Disk::default() });
        for line in ["one", "two", "three", "four"] {
            log.write(&line);
        }
        assert_eq!(lines(&log), ["\"one\"", "\"tw"]);
        assert_eq!(log.lost, 3);
        log.to.room = 1000;
        log.write(&"five");
        assert_eq!(lines(&log), ["\"one\"", "\"tw", "lost 3", "\"five\""]);
        log.write(&"six");
        assert_eq!(lines(&log).len(), 5);
    }

    #[test]
    fn room_for_the_end_of_a_torn_line_only() {
        let mut log = Log::new(Disk { room: 3, ..Disk::default() });
        log.write(&"one");
        log.to.room = 1;
        log.write(&"two");
        log.to.room = 1000;
        log.write(&"three");
        assert_eq!(lines(&log), ["\"on", "lost 2", "\"three\""]);
    }
}
