//! How many tasks are made and end in a second: the two files that the patches of 2006 had in debugfs.
//!
//! Each reading is of the time since the one before, threads included. The first is of the time since counting began, so there is no
//! first value to be thrown away, as there was in 2006.
//!
//! # Use
//!
//! Linked into a supervisor, which reads:
//!
//! ```
//! use process_runtime::Supervisor;
//! use std::process::Command;
//! use watchers_twbench::Bench;
//!
//! let bench = Bench::new();
//! Supervisor::builder().data(bench.clone()).run(Command::new("true"))?;
//! let reading = bench.read();
//! assert_eq!((reading.clones, reading.exits), (1, 1));
//! println!("{:.0} clones/s, {:.0} exits/s", reading.clones_per_second(), reading.exits_per_second());
//! # Ok::<(), process_runtime::Error>(())
//! ```
//!
//! As a module, or linked in by `use watchers_twbench as _;`, with a file's path in the environment. The file has the totals of the
//! supervisor's process, at every moment; a [`Reader`] makes rates of them, and any number of readers do not disturb each other:
//!
//! ```sh
//! WATCHERS_TWBENCH=/dev/shm/counts taskwatch --module libwatchers_twbench.so -- make -j8 &
//! watch -n 1 -d cat /dev/shm/counts          # clones 5021 exits 4987 events 10008
//! ```
//!
//! A file that cannot be made refuses the command with the errno, by the watcher `twbench_opens`; stderr says why. One that cannot be
//! written later is left as it is.
//!
//! # Alternatives
//!
//! * *A FIFO or socket that answers with a rate*, as debugfs did: a reading resets it for everybody, and somebody must wait for
//!   readers: a thread, with which a module cannot be unloaded.

#![forbid(unsafe_code)]

mod bench;
mod counts;
mod events;
mod file;
mod reading;

pub use bench::Bench;
pub use file::Reader;
pub use reading::Reading;
