//! [`SharedData`]: values that a supervisor was built with, one of each type, for all its tasks.

use std::{
    any::{Any, type_name},
    error::Error,
    fmt,
};

/// Values that all tasks of one supervisor have in common, one of each type.
///
/// They let plain functions serve several supervisors without globals: a watcher finds them by type with
/// [`Task::data`](crate::Task::data). They are `Send`, as they are made on the host's thread and live on the tracer's, and need
/// not be `Sync`.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use watchers::{SharedData, Task};
///
/// struct Limit(u32);
///
/// let mut shared = SharedData::new();
/// shared.insert(Limit(100))?;
/// let duplicate = shared.insert(Limit(200)).unwrap_err();
/// assert!(duplicate.to_string().ends_with("Limit twice"));
///
/// let task = Task::builder().shared(Rc::new(shared)).build();
/// assert_eq!(task.data::<Limit>().map(|limit| limit.0), Some(100));
/// # Ok::<(), watchers::DuplicateData>(())
/// ```
#[derive(Default)]
pub struct SharedData {
    values: Vec<Box<dyn Any + Send>>,
}

impl SharedData {
    /// No values.
    pub const fn new() -> Self {
        Self { values: Vec::new() }
    }

    /// Adds a value.
    ///
    /// # Errors
    ///
    /// [`DuplicateData`] if there is one of this type already; it stays, and the new one is dropped.
    pub fn insert<T: Send + 'static>(&mut self, value: T) -> Result<(), DuplicateData> {
        if self.get::<T>().is_some() {
            return Err(DuplicateData { type_name: type_name::<T>() });
        }
        self.values.push(Box::new(value));
        Ok(())
    }

    /// The value of this type.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.values.iter().find_map(|value| (**value).downcast_ref())
    }
}

impl fmt::Debug for SharedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedData").field("n_values", &self.values.len()).finish()
    }
}

/// A second value of one type: which of them a watcher meant, nobody could tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DuplicateData {
    /// The type's name, for people.
    pub type_name: &'static str,
}

impl fmt::Display for DuplicateData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shared data has a value of type {} twice", self.type_name)
    }
}

impl Error for DuplicateData {}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn one_value_of_each_type() {
        let mut shared = SharedData::new();
        assert_eq!(shared.get::<u32>(), None);
        shared.insert(1_u32).unwrap();
        shared.insert("one").unwrap();
        shared.insert(Cell::new(1_u8)).unwrap();
        assert_eq!(shared.insert(2_u32), Err(DuplicateData { type_name: "u32" }));
        assert_eq!(shared.get::<u32>(), Some(&1));
        assert_eq!(shared.get::<&str>(), Some(&"one"));
        assert_eq!(shared.get::<u64>(), None);
        assert_eq!(format!("{shared:?}"), "SharedData { n_values: 3 }");
    }

    #[test]
    fn moves_to_the_tracer() {
        fn assert_send<T: Send>(_: T) {}
        assert_send(SharedData::new());
    }
}
