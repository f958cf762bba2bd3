//! Where the report goes: stderr, stdout or a file, with its colours and its width.
//!
//! Opened before the command starts. Write errors are told once and never stop anything.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use crate::exit;
use crate::note;
use crate::style::Palette;
use crate::wait;

const BUFFER: usize = 64 * 1024;

/// The stream that a report is written to.
pub(crate) struct Output {
    stream: BufWriter<Box<dyn Write + Send>>,
    /// How to colour what is written.
    pub(crate) palette: Palette,
    /// The columns of the terminal; `None` where there is no terminal or it does not know.
    pub(crate) width: Option<usize>,
    health: Health,
}

/// Whether writing still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Good,
    Broken,
}

impl Output {
    /// Opens what `-o` names: nothing is stderr, `-` stdout, all else a file that is made anew.
    ///
    /// # Errors
    /// Those of opening the file.
    pub(crate) fn open(path: Option<&Path>, colour: ColorChoice) -> io::Result<Output> {
        match path {
            None => Ok(Output::to(io::stderr(), colour)),
            Some(path) if path.as_os_str() == "-" => Ok(Output::to(io::stdout(), colour)),
            Some(path) => Ok(Output::to(File::create(path)?, colour)),
        }
    }

    /// A report that nobody wants to see.
    pub(crate) fn nowhere() -> Output {
        Output::new(Box::new(io::sink()), Palette::Plain, None)
    }

    /// Any stream, for tests and for `nowhere`.
    pub(crate) fn new(stream: Box<dyn Write + Send>, palette: Palette, width: Option<usize>) -> Output {
        Output { stream: BufWriter::with_capacity(BUFFER, stream), palette, width, health: Health::Good }
    }

    fn to<S>(stream: S, colour: ColorChoice) -> Output
    where
        S: anstream::stream::RawStream + AsFd + IsTerminal + Send + 'static,
    {
        let palette = match colour {
            ColorChoice::Auto => AutoStream::choice(&stream),
            choice => choice,
        };
        let palette = if palette == ColorChoice::Never { Palette::Plain } else { Palette::Coloured };
        let width = terminal_width(&stream);
        Output::new(Box::new(Patient(stream)), palette, width)
    }

    /// Writes `text`, whole; flushed later.
    pub(crate) fn write(&mut self, text: &[u8]) {
        if self.health == Health::Good {
            let result = self.stream.write_all(text);
            self.check(result);
        }
    }

    /// Gives everything to the kernel.
    pub(crate) fn flush(&mut self) {
        if self.health == Health::Good {
            let result = self.stream.flush();
            self.check(result);
        }
    }

    fn check(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.health = Health::Broken;
            note::say(&format!("the report is cut off: {}", exit::reason(&error)));
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.flush();
        if self.health == Health::Broken {
            // What is left in the buffer would be tried again, by the buffer's own drop.
            let blank = BufWriter::with_capacity(0, Box::new(io::sink()) as Box<dyn Write + Send>);
            let _ = std::mem::replace(&mut self.stream, blank).into_parts();
        }
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("palette", &self.palette)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

/// A stream that waits where another would say EAGAIN: descriptors are shared, and any program of the
/// tree may have made this one non-blocking.
struct Patient<S>(S);

impl<S: Write + AsFd> Write for Patient<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait::writable(self.0.as_fd()),
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        loop {
            match self.0.flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait::writable(self.0.as_fd()),
                flushed => return flushed,
            }
        }
    }
}

/// A width of zero is what a terminal says that was never told its size.
fn terminal_width(stream: &(impl AsFd + IsTerminal)) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    let told = rustix::termios::tcgetwinsize(stream).ok().map(|size| usize::from(size.ws_col));
    let asked = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.filter(|columns| *columns > 0).or_else(asked).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Refuses everything, and counts.
    struct Full(Arc<AtomicUsize>);

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_broken_stream_is_left_alone() {
        let tries = Arc::new(AtomicUsize::new(0));
        let mut output = Output::new(Box::new(Full(tries.clone())), Palette::Plain, None);
        for _ in 0..3 {
            output.write(b"line\n");
            output.flush();
        }
        drop(output);
        assert_eq!(tries.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_stream_that_does_not_block_is_waited_for() {
        let (mut reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let mut output = Output::new(Box::new(Patient(writer)), Palette::Plain, None);
        let reading = std::thread::spawn(move || {
            let mut read = Vec::new();
            io::Read::read_to_end(&mut reader, &mut read).map(|_| read.len())
        });
        for _ in 0..1000 {
            output.write(&[b'x'; 1000]);
        }
        drop(output);
        assert_eq!(reading.join().unwrap().unwrap(), 1_000_000);
    }

    #[test]
    fn a_file_has_no_colour_and_no_width() {
        let output = Output::open(Some(Path::new("/dev/null")), ColorChoice::Auto).unwrap();
        assert_eq!((output.palette, output.width), (Palette::Plain, None));
        let output = Output::open(Some(Path::new("/dev/null")), ColorChoice::Always).unwrap();
        assert_eq!(output.palette, Palette::Coloured);
        assert!(Output::open(Some(Path::new("/nowhere/at/all")), ColorChoice::Auto).is_err());
    }
}
