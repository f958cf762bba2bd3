//! A memory policy given at birth: from which nodes the memory of a command and of all that it makes is taken.
//!
//! set_mempolicy(2) is for the caller alone: nobody can make the call for another task. So the task itself makes it, before
//! its first instruction, by a [remote call](process_runtime::Inspect::call_with); what it makes inherits the policy from the
//! kernel, and a program that sets another one has it.
//!
//! # Use
//!
//! Linked into a supervisor:
//!
//! ```no_run
//! use process_runtime::Supervisor;
//! use std::process::Command;
//! use watchers_mempolicy::Mempolicy;
//!
//! Supervisor::builder().data(Mempolicy::of("bind:0".parse()?)).run(Command::new("make"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! As a module (or linked in by `use watchers_mempolicy as _;`), where the environment of the supervisor says so:
//!
//! ```sh
//! WATCHERS_MEMPOLICY=interleave:0-1 taskwatch --module libwatchers_mempolicy.so -- make
//! ```
//!
//! | variable | means |
//! |---|---|
//! | `WATCHERS_MEMPOLICY` | the policy of every command, in the words of [`Policy`]; without it the watchers do nothing |
//!
//! A policy that is none, or that names a node without memory, refuses the command with EINVAL, and any policy where the
//! kernel has none with ENOSYS; the reason is on stderr.
//!
//! # The row of 2006
//!
//! | event | mempolicy in the kernel | here |
//! |---|---|---|
//! | `init` | the child gets a copy of its parent's policy, or the fork an errno | a command's policy is looked at, or the command gets an errno |
//! | `clone` | | the command sets its policy; so does a child that a [rule](Mempolicy::by) names. Others have their parent's copy, from the kernel |
//! | `free` | the policy is dropped | by the kernel |
//!
//! A command that runs a 32-bit program has its policy, too: it is set before the program is loaded. A child of such a
//! program can be given none of its own.

#![forbid(unsafe_code)]

mod birth;
mod mempolicy;
mod policy;

pub use mempolicy::Mempolicy;
pub use policy::{Policy, PolicyError};
