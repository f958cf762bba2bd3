//! A task that ends with something.

use std::fmt;

use watchers::TaskSnapshot;

/// What one task holds at its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Held {
    /// The task.
    pub task: TaskSnapshot,
    /// What it holds by name, last taken first; as often as it was taken. File locks, by path and kind, come after.
    pub names: Vec<String>,
}

/// `lockdep: task 4711 ends holding a lease, /run/lock (FLOCK)`.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task.tid {
            Some(tid) => write!(f, "lockdep: task {tid} ends holding ")?,
            None => write!(f, "lockdep: a task ends holding ")?,
        }
        f.write_str(&self.names.join(", "))
    }
}
