//! Secrets that belong to tasks: a watcher leaves one with a task, others find it there, and it is wiped when the task is gone.
//!
//! The secrets are in the supervisor's memory, never in the task's. They are kept in three [rings](Ring), and who has which is what keyrings(7)
//! says of the kernel's:
//!
//! | ring | a new thread | a new process | exec | gone with |
//! |---|---|---|---|---|
//! | [`Ring::Thread`] | has none | has none | loses it | its thread |
//! | [`Ring::Process`] | shares its process's | has none | loses it | the last thread of its process |
//! | [`Ring::Session`] | shares it | shares it | keeps it | the last task that has it |
//!
//! A look-up searches them in this order, as request_key(2) does. A ring belongs to somebody: the real user and group of the task that
//! made it; a thread's ring follows the fs ids of its thread, the others do not (keyrings(7); kernel/cred.c `commit_creds`).
//!
//! # Use
//!
//! Linked into a supervisor, whose own watchers set and get secrets:
//!
//! ```
//! use watchers::{ExecEvent, Task, task_watcher};
//! use watchers_keys::{Ring, get, set};
//!
//! /// Whoever runs `deploy` gets the token, and so does what it runs.
//! #[task_watcher(exec, order = 1)]
//! fn hand_out(task: &Task, exec: &ExecEvent) {
//!     if exec.path().is_some_and(|path| path == "./deploy") {
//!         set(task, Ring::Session, "token", b"s3cret".to_vec());
//!     }
//! }
//!
//! let (deploy, other) = (Task::builder().build(), Task::builder().build());
//! let _ = watchers::notify(&deploy, (&ExecEvent::new("./deploy", ["deploy"])).into());
//! let child = Task::builder().parent(&deploy).build();
//! assert_eq!(get(&child, "token", |secret| secret.len()), Some(6));
//! assert_eq!(get(&other, "token", |secret| secret.len()), None);
//! ```
//!
//! As a module it serves nobody but itself: a module's statics are its own, and there is no variable of the environment that would put a secret
//! anywhere. Another module links this crate and has rings of its own.
//!
//! The rings change in the watcher `keys`, which has the order 0: an `exec` watcher that sets a secret for the new program has a larger
//! one, and one that looks at those of the old program a smaller one.
//!
//! # What is wiped
//!
//! Every secret that is replaced, revoked, or lost with its ring is overwritten with zeros where it was, before the memory is given back. The
//! store makes no copies and lends secrets only for the length of a call. Copies of the caller's, pages that were swapped out and
//! cores of the supervisor are not its matter.
//!
//! # Alternatives
//!
//! * *The kernel's own keyrings*, filled from outside: keyctl(2) works on the caller's, so a call would have to run in the task.
//! * *A value that can be taken away* instead of a call with a closure: it would live for as long as its holder likes.

#![forbid(unsafe_code)]

mod events;
mod ring;
mod store;

pub use ring::{Owner, Ring};
pub use store::{get, join_session, owner, revoke, set};
