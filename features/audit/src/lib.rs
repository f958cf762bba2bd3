//! An audit log: who ran what as whom, and how it ended, one line for each, appended to a file.
//!
//! A line is written before the task that it is about goes on, with one write(2) to a file that is open for appending: several supervisors
//! may share a file, and nothing waits in a buffer when the supervisor is killed. A process that crashes has its line like any other,
//! and a fork that failed has one, too.
//!
//! # Use
//!
//! Linked into a supervisor:
//!
//! ```
//! use process_runtime::Supervisor;
//! use std::process::Command;
//! use watchers_audit::Audit;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("log");
//! Supervisor::builder().data(Audit::append_to(&path)?).run(Command::new("true"))?;
//! let log = std::fs::read_to_string(&path)?;
//! assert!(log.lines().next().is_some_and(|line| line.contains(r#""event":"run""#)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! As a module, or linked in by `use watchers_audit as _;`, with the file's path in the environment:
//!
//! ```sh
//! WATCHERS_AUDIT=/var/log/build.audit taskwatch --module libwatchers_audit.so -- make
//! ```
//!
//! The file is made with mode 0600 if it is not there. Where it cannot be opened, the command is refused with the errno by the watcher
//! `audit_opens`, and stderr says why: nothing runs unaudited.
//!
//! # The lines
//!
//! Each is a JSON object. Fields may be added, never changed.
//!
//! | field | in | is |
//! |---|---|---|
//! | `v` | all | 1 |
//! | `event` | all | `run`, `ids`, `end`, `failed` or `lost` |
//! | `realtime_ns` | all | when: nanoseconds since 1970, UTC |
//! | `supervisor` | all | the pid of who writes |
//! | `task` | all but `lost` | a number that no other task of this supervisor gets |
//! | `tid`, `pid`, `ppid` | the same | the kernel's numbers, `ppid` as it was at the last `run` or at birth; in `failed` those of the caller of fork |
//! | `login` | the same | the user that logged in, whatever ids were taken since (`/proc/PID/loginuid`); null where nobody did |
//! | `uid`, `gid` | the same | `{"real":0,"effective":0,"saved":0,"fs":0}`; null where they could not be read |
//! | `path` | the same | the program that runs, as it was named; null before a command's first |
//! | `exe`, `cwd`, `argv` | `run` | the file that it is, where, and its arguments, never cut short |
//! | `what`, `old` | `ids` | `uid` or `gid`, and the ids before. Calls that change nothing have no line |
//! | `status` | `end` | `{"code":0}`, or `{"signal":11,"name":"SIGSEGV","core":true}` |
//! | `started_ns` | `end` | when the process was made |
//! | `cause`, `errno` | `failed` | `denied` by a watcher, `failed` by the kernel with this errno, `restarted` by a signal (another line or a process follows), `killed` |
//! | `records` | `lost` | how many lines could not be written before this one |
//!
//! `end` is one for a process, when its last thread is gone; changes of ids are told for each thread. A string that is not UTF-8 is
//! `{"bytes":"<hex>"}`.
//!
//! # A full disk
//!
//! What cannot be written is lost, and the tree goes on. The first time, stderr says so; when there is room again, a line `lost` says how
//! many are missing. If a part of a line was written, the next begins on a line of its own.
//!
//! # Alternatives
//!
//! * *Stopping the tree while the disk is full.* Who wants that sees `lost`, or uses a file system that is large enough; a build that
//!   hangs on its own log helps nobody.
//! * *Lines as the kernel's audit has them* (`key=value`, strings in hexadecimal where they hold a space): made for one parser.

#![forbid(unsafe_code)]

mod audit;
mod environment;
mod events;
mod life;
mod log;
mod record;
mod text;

pub use audit::Audit;
