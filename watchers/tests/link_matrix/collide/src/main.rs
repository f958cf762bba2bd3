//! A program that cannot be linked: two watchers claim one explicit name, if for different events.

use audit as _;
use watchers::{Task, task_watcher};

#[task_watcher(exit, name = "audit.clone")]
fn mine(_: &Task) {}

fn main() {}
