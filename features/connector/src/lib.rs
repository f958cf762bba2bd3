//! The process events connector, for one tree and without privilege: a Unix socket that speaks the kernel's format.
//!
//! The kernel tells births, execs, changes of ids and deaths of the whole machine on a netlink socket, in the first namespaces only and before
//! Linux 6.6 only to whoever has `CAP_NET_ADMIN`, and drops what a slow reader does not fetch in time. This crate tells the same of the
//! supervised tree, in the same bytes (`struct proc_event` in `linux/cn_proc.h`), to whoever may open a file, and loses nothing.
//!
//! # A client
//!
//! An existing client needs another address, and nothing else:
//!
//! ```c
//! // int fd = socket(PF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR);  bind(fd, (struct sockaddr *)&netlink, sizeof netlink);
//! int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);                    connect(fd, (struct sockaddr *)&path, sizeof path);
//! ```
//!
//! The socket is of type `SOCK_SEQPACKET`: as with netlink's datagrams, each `recv` is one message. A client sends
//! `PROC_CN_MCAST_LISTEN` or `PROC_CN_MCAST_IGNORE`, alone or in a `struct proc_input` with the events that it wants (Linux 6.6), and
//! reads. The end of the tree, or of the supervisor, is the end of the stream: `recv` answers 0, which netlink never does.
//!
//! # Use
//!
//! Linked into a supervisor, which says where:
//!
//! ```no_run
//! use process_runtime::Supervisor;
//! use std::process::Command;
//! use watchers_connector::Connector;
//!
//! let connector = Connector::bind("/tmp/build.sock")?;
//! Supervisor::builder().data(connector).run(Command::new("make"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! As a module (or linked in by `use watchers_connector as _;`), where the environment of the supervisor says so:
//!
//! ```sh
//! WATCHERS_CONNECTOR=/tmp/build.sock taskwatch --module libwatchers_connector.so -- make
//! ```
//!
//! | variable | means |
//! |---|---|
//! | `WATCHERS_CONNECTOR` | the socket's path; without it the watchers do nothing |
//! | `WATCHERS_CONNECTOR_AWAIT` | how many clients must listen before a command starts; default 0. See [`Connector::awaiting`] |
//! | `WATCHERS_CONNECTOR_PATIENCE` | in seconds, at most how long a client is waited for; default 10. See [`Connector::with_patience`] |
//!
//! A path that cannot be bound, or a number that is none, refuses the command with an `init` watcher's errno; the reason is on stderr.
//!
//! # What is told
//!
//! | event | when, and what differs from the kernel's |
//! |---|---|
//! | `PROC_EVENT_FORK` | a task exists and has not run. The parent is the kernel's `real_parent`: for a thread its process's |
//! | `PROC_EVENT_EXEC` | a program is loaded. Where the exec changed ids, the kernel tells `UID` and `GID` before it, we after |
//! | `PROC_EVENT_UID`, `_GID` | ids have changed. Calls that confirm ids are no event here, as in the kernel |
//! | `PROC_EVENT_COREDUMP` | right before the `EXIT`, where it is known which thread dumps: the only one of its process, or the one whose status says that a core was written. The kernel tells it before it writes |
//! | `PROC_EVENT_EXIT` | a task is about to end. The parent is always there; the kernel leaves it out (0) where the task is reaped already, as it is for most threads |
//! | `PROC_EVENT_NONE` | the answer to a request, to everybody who listens to everything |
//! | `PROC_EVENT_SID`, `_PTRACE`, `_COMM` | never: no watcher is told of setsid(2), ptrace(2) and prctl(2) |
//!
//! Pids are those of the supervisor's pid namespace. `timestamp_ns` is `CLOCK_MONOTONIC`; `cpu` is the processor that sends, and `seq` counts
//! the messages sent on that processor, listened to or filtered out, as in the kernel.
//!
//! # Lossless, and what that costs
//!
//! A message is in the client's socket before the task that it is about runs on. If the socket is full (some hundreds of messages), the
//! task waits until the client has read; a client that makes no room in all its *patience* is dropped, with a line on stderr, and reads
//! what it has and then the end. So a slow client slows the tree, a stopped one stops it for the patience, and none stops it for ever. A client that is
//! itself a task of the tree cannot read while it is stopped for an event, and will be dropped once its socket is full.
//!
//! The socket file is the owner's alone (mode 0600); loosen it with chmod(1) if others are to read.
//!
//! # Alternatives
//!
//! * *Dropping*, with `ENOBUFS` for the client, as the kernel does: it must, as it cannot stop a fork to wait for a reader. We can.
//! * *An unbounded queue* in the supervisor: a client that sleeps through a build costs its memory, and what is queued when the
//!   supervisor ends is lost. What is in a socket outlives its sender.
//! * *A thread that serves clients.* A request would be answered at once instead of at the next event, which only a client notices that
//!   waits for the answer and makes no event meanwhile. But a module with a thread in it cannot be unloaded, and a thread inherits
//!   the tracer's signal mask, which is no mask for a thread of a library's.

#![forbid(unsafe_code)]

mod address;
mod connector;
mod environment;
mod events;
mod message;
mod process;
mod request;
mod server;
mod subscriber;

pub use connector::Connector;
