//! The seccomp filter that a command starts with: which system calls stop, and nothing else.
//!
//! Pure: a program is data. `sys::seccomp` installs it.
//!
//! # Terminology
//!
//! A *rule* says that a call stops, always or under a *condition* on one argument. The *filter* is a
//! balanced tree over the numbers of each architecture that ends in a rule's leaf or in "allow".
//!
//! # Alternatives
//!
//! 1. `seccompiler`: kills tasks of any other architecture (a 32-bit child of a build) and always sets
//!    `no_new_privs`.
//! 2. `libseccomp`: a C library for 150 lines.
//! 3. A linear list: twenty comparisons for every call of the program instead of five.

mod bpf;
mod program;
mod rule;

pub(crate) use bpf::Instruction;
pub(crate) use program::{COOKIE, compile};
pub(crate) use rule::{rules, stops};
