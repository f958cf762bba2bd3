//! Totals in a file: written after each event, in place, and [`Reader`]s of it.

use std::env;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use watchers::Errno;

use crate::counts::{Counts, Totals};
use crate::reading::{Reading, Since};

/// What all supervisors of this process that have no [`Bench`](crate::Bench) count.
static COUNTS: Counts = Counts::new();

/// How long a line is.
const LENGTH: u64 = 83;

/// How often a line is read that is just being written, before it is taken for something else.
const ATTEMPTS: usize = 1000;

/// The file that the environment names.
#[derive(Debug)]
pub(crate) struct CountFile(File);

impl CountFile {
    /// Opens it, if there is to be one; stderr says why it cannot be.
    pub(crate) fn open() -> Option<Result<CountFile, Errno>> {
        let path = env::var_os("WATCHERS_TWBENCH")?;
        // Not emptied: a reader finds the old counts or the new ones, and the lines are all of one length.
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map(CountFile);
        let file = file.and_then(CountFile::begun).map_err(|error| {
            eprintln!("twbench: {}: {error}", path.display());
            Errno::from_raw(error.raw_os_error().unwrap_or(Errno::EIO.as_raw()))
        });
        Some(file)
    }

    pub(crate) fn counts(&self) -> &'static Counts {
        &COUNTS
    }

    /// With a first line, and nothing else.
    fn begun(self) -> io::Result<CountFile> {
        self.write();
        let file = self.0.metadata()?;
        if file.is_file() && file.len() > LENGTH {
            self.0.set_len(LENGTH)?;
        }
        Ok(self)
    }

    /// Writes the totals over those that are there. The sum tells a reader that it has read a line and not parts of two.
    pub(crate) fn write(&self) {
        let Totals { clones, exits } = COUNTS.totals();
        let line = format!("clones {clones:<20} exits {exits:<20} events {:<20}\n", clones + exits);
        // Counts are a measurement: a disk that is full must not end it.
        let _ = self.0.write_all_at(line.as_bytes(), 0);
    }
}

/// Reads the file of another process's counts; see [the crate](crate).
///
/// ```
/// use watchers_twbench::Reader;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("counts");
/// # std::fs::write(&path, "clones 3 exits 1 events 4\n")?;
/// let mut reader = Reader::open(&path)?;
/// # std::fs::write(&path, "clones 7 exits 6 events 13\n")?;
/// let reading = reader.read()?;
/// assert_eq!((reading.clones, reading.exits), (4, 5));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    file: File,
    since: Since,
}

impl Reader {
    /// Reads from now on what is counted in the file at `path`.
    ///
    /// # Errors
    ///
    /// Those of open(2) and read(2), and `InvalidData` for a file with something else in it.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Reader> {
        let file = File::open(path)?;
        let since = Since::now(totals(&file)?);
        Ok(Reader { file, since })
    }

    /// What was counted since the last reading, or since this one was opened.
    ///
    /// # Errors
    ///
    /// Those of read(2), and `InvalidData`.
    pub fn read(&mut self) -> io::Result<Reading> {
        Ok(self.since.advance(totals(&self.file)?))
    }
}

fn totals(file: &File) -> io::Result<Totals> {
    let mut line = [0; 128];
    for _ in 0..ATTEMPTS {
        let length = file.read_at(&mut line, 0)?;
        if let Some(totals) = line.get(..length).and_then(parse) {
            return Ok(totals);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "these are no counts"))
}

fn parse(line: &[u8]) -> Option<Totals> {
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let mut number = |name: &str| {
        let number: u64 = (words.next()? == name).then(|| words.next())??.parse().ok()?;
        Some(number)
    };
    let (clones, exits, sum) = (number("clones")?, number("exits")?, number("events")?);
    (clones.checked_add(exits) == Some(sum)).then_some(Totals { clones, exits })
}
