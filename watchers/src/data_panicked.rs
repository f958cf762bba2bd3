//! [`DataPanicked`]: a value of task data panicked when it was made or dropped.

use std::cell::{Cell, RefCell};
use std::{fmt, mem};

/// A value of a task's data panicked when it was made or dropped, where no watcher asked for it.
///
/// The panic goes no further: the other values of the task are made and dropped all the same. A source of events asks with
/// [`data_panics`] and tells people.
///
/// ```
/// use watchers::{Task, TaskData, data_panics};
///
/// struct Careless;
///
/// impl Drop for Careless {
///     fn drop(&mut self) {
///         panic!("on purpose");
///     }
/// }
///
/// static CARELESS: TaskData<Careless> = TaskData::new(|_task, _parent| Careless);
///
/// let task = Task::builder().build();
/// CARELESS.get(&task);
/// drop(task);
/// let told = data_panics();
/// assert!(told[0].type_name.ends_with("Careless"));
/// assert_eq!(told[0].message, "on purpose");
/// assert!(data_panics().is_empty(), "told once");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataPanicked {
    /// The type of the value, for people.
    pub type_name: String,
    /// What it panicked with.
    pub message: String,
}

impl fmt::Display for DataPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task data of type {} panicked: {}", self.type_name, self.message)
    }
}

/// More than these are not kept for somebody who does not ask.
const MOST: usize = 64;

thread_local! {
    /// Whether there is something to be told. A look at it costs nothing, as it has no destructor.
    static HAS_HEARD: Cell<bool> = const { Cell::new(false) };
    static HEARD: RefCell<Vec<DataPanicked>> = const { RefCell::new(Vec::new()) };
}

/// Takes what panicked on this thread, where tasks and their data live, since it was last asked. Of many, the first 64.
pub fn data_panics() -> Vec<DataPanicked> {
    HAS_HEARD.set(false);
    HEARD.with_borrow_mut(mem::take)
}

/// Whether [`data_panics`] has something to tell: for who asks very often.
#[inline]
pub fn has_data_panics() -> bool {
    HAS_HEARD.get()
}

/// Keeps it until somebody asks. A task may be dropped with the thread's own values, when there is nobody left to ask.
pub(crate) fn hear(type_name: &str, message: &str) {
    let _ = HEARD.try_with(|heard| {
        let mut heard = heard.borrow_mut();
        HAS_HEARD.set(true);
        if heard.len() < MOST {
            heard.push(DataPanicked { type_name: type_name.to_owned(), message: message.to_owned() });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_kept() {
        for n in 0..MOST + 9 {
            hear("u8", &n.to_string());
        }
        assert!(has_data_panics());
        let told = data_panics();
        assert!(!has_data_panics());
        assert_eq!(
            (told.len(), told[MOST - 1].to_string()),
            (MOST, "task data of type u8 panicked: 63".into())
        );
    }
}
