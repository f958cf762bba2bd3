//! What the tests of this folder share: tracees, sessions that record what was seen, a watchdog.
//!
//! A test runs a small C program (`tests/tracees/*.c`, which provokes one surprise of the kernel and prints
//! what it saw) under a supervisor and compares the whole trace, or what the program saw, with what it must
//! be; often with what the same program sees without a supervisor.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of this")]

mod alive;
mod cgroup;
mod doorbell;
mod elsewhere;
mod feature;
mod lines;
mod plain;
mod pre_exec;
mod recorder;
mod scene;
mod session;
mod tracee;
mod watchdog;

pub(crate) use alive::Mark;
pub(crate) use cgroup::PidsCgroup;
pub(crate) use doorbell::doorbell;
pub(crate) use elsewhere::{as_nobody_special, elsewhere, elsewhere_as_nobody_special, is_elsewhere, myself};
pub(crate) use feature::{Feature, require};
pub(crate) use lines::{Lines, lines};
pub(crate) use plain::{Verdict, plain};
pub(crate) use pre_exec::{fail, kill, set_parent_death_signal, wait_for};
pub(crate) use recorder::{Recorder, Trace};
pub(crate) use scene::{Scene, tasks, verdict};
pub(crate) use session::{Mode, Run, Session, run, run_with};
pub(crate) use tracee::{launched, tracee, tracee_path};
pub(crate) use watchdog::Watchdog;
