//! `tests/client.c`: an existing client, with the address as an argument.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

/// One client, which has asked for events.
pub(crate) struct Client {
    process: Child,
    lines: BufReader<ChildStdout>,
}

/// A line of the client's: in words, and in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) words: String,
    pub(crate) bytes: Vec<u8>,
}

impl Client {
    /// One that listens to us at `path`.
    pub(crate) fn of(path: &Path) -> Client {
        Client::start(Command::new(program()).arg(path))
    }

    /// One that wants only some events.
    pub(crate) fn of_some(path: &Path, events: &str) -> Client {
        Client::start(Command::new(program()).arg(path).arg(events))
    }

    /// One that listens to the kernel.
    pub(crate) fn of_the_kernel() -> Client {
        Client::start(&mut Command::new(program()))
    }

    /// As [`of`](Client::of), unless nobody listens there yet.
    pub(crate) fn try_of(path: &Path) -> Option<Client> {
        let mut command = Command::new(program());
        Client::try_start(command.arg(path).stderr(Stdio::null()))
    }

    fn start(command: &mut Command) -> Client {
        Client::try_start(command).expect("the client listens")
    }

    fn try_start(command: &mut Command) -> Option<Client> {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        if first != "ready\n" {
            process.wait().unwrap();
            return None;
        }
        Some(Client { process, lines })
    }

    /// The next line; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Line> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let (words, bytes) = line.trim_end().split_once(" | ")?;
        let bytes = bytes.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
        Some(Line { words: words.to_owned(), bytes })
    }

    /// All that is left to read. The stream must end, and the client with it.
    pub(crate) fn rest(mut self) -> Vec<Line> {
        let lines: Vec<Line> = std::iter::from_fn(|| self.next()).collect();
        assert!(self.process.wait().unwrap().success());
        lines
    }

    /// Ends it in the middle of its stream.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Line {
    /// A number of `struct cn_msg` or `struct proc_event`.
    fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap())
    }

    /// Whether an event other than a birth is about a thread that does not lead its process.
    pub(crate) fn is_of_a_thread(&self) -> bool {
        self.word(52) != self.word(56)
    }

    pub(crate) fn seq(&self) -> u32 {
        self.word(24)
    }

    pub(crate) fn cpu(&self) -> u32 {
        self.word(40)
    }

    pub(crate) fn nanoseconds(&self) -> u64 {
        u64::from(self.word(44)) | u64::from(self.word(48)) << 32
    }

    /// The thread that it is about: the first of `event_data`, but for births, where it is the new one.
    pub(crate) fn tid(&self) -> u32 {
        self.word(if self.words.starts_with("fork") { 60 } else { 52 })
    }
}

pub(crate) fn words(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.words.as_str()).collect()
}

/// The client, compiled. Its file name is `client-` and the hash of what it was made of.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client.c");
        let mut hash = DefaultHasher::new();
        std::fs::read(source).unwrap().hash(&mut hash);
        let name = format!("client-{:016x}", hash.finish());
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if !program.exists() {
            compile(source, &program);
        }
        program
    })
}

/// The finished program appears by a rename: another test process may be making the same one.
fn compile(source: &str, program: &Path) {
    let unfinished = program.with_extension(std::process::id().to_string());
    let compiled = Command::new("cc").args(["-O1", "-Wall", "-o"]).arg(&unfinished).arg(source).status();
    assert!(compiled.expect("a C compiler is needed for the tests").success());
    std::fs::rename(unfinished, program).unwrap();
}
