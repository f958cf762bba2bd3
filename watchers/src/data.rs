//! [`TaskData`]: a static that has a value of its own for every task.
//!
//! Each static is given an index once in the process, its *place*, and a task keeps the values in an array: no hash, no
//! lock, no look-up by type. Statics of the table are placed together when the table is started, in its total order, and
//! their values are made when a task is built. One that is in no table is placed, and its values are made, on demand.

use std::{
    any::{Any, type_name},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{
    Task, data_panicked,
    guarded::{Guarded, Hear},
    places::{PLACES, Places},
    slots::Cycle,
};

/// A static that has a value of its own for every task: what `task_data!` declares.
///
/// The value is made when the task is built (at `init`), by a function of the task and its parent, and dropped after the
/// task's `free`. `T` needs to be neither `Send` nor `Sync`, as a task lives on one thread: state is `Cell` and `RefCell`.
///
/// An initialiser may [`get`](Self::get) other values of the same task and of the parent, whatever their order. If it panics, the
/// value is missing and the next `get` tries again. A value whose `Drop` panics does no harm to the others, nor to the supervisor.
/// Both are told with [`data_panics`](crate::data_panics).
///
/// ```
/// use std::cell::Cell;
/// use watchers::{Task, TaskData};
///
/// // How deep the task is in the tree: its parent's depth and one.
/// static DEPTH: TaskData<Cell<u32>> =
///     TaskData::new(|_task, parent| Cell::new(parent.map_or(0, |parent| DEPTH.get(parent).get() + 1)));
///
/// let root = Task::builder().build();
/// let child = Task::builder().parent(&root).build();
/// assert_eq!(DEPTH.get(&child).get(), 1);
///
/// DEPTH.get(&child).set(7);
/// assert_eq!(DEPTH.get(&root).get(), 0);
/// ```
#[doc(alias = "task_local_storage")]
#[doc(alias = "bpf_task_storage_get")]
pub struct TaskData<T: 'static> {
    place: AtomicU32,
    make: fn(&Task, Option<&Task>) -> T,
}

/// The place of a static that has none yet.
const NOWHERE: u32 = u32::MAX;
/// With the index of a module's static: the copy of the crate that loaded the module has lent it.
///
/// Without it an index is one of this copy's own, and means another static to a task that another copy has made.
const LENT: u32 = 1 << 31;

/// The statics of the table with their places, once the table is started.
static TABLE: OnceLock<Vec<(u32, &'static dyn Slot)>> = OnceLock::new();

/// A [`TaskData`] of any type, as the table holds it.
#[doc(hidden)]
pub trait Slot: Sync {
    /// Gives the static this place unless it has one; returns the place that it has now.
    fn place(&self, index: u32) -> u32;

    /// Gives the static of a module this place, whichever it had.
    fn settle(&self, index: u32);

    /// Makes a value for the task, whose panic goes to the caller; that of its `Drop` is told to `hear`.
    fn make(&self, task: &Task, parent: Option<&Task>, hear: Hear) -> Box<dyn Any>;

    /// The same, but for the caller: a panic is told, and there is no value.
    fn try_make(&self, task: &Task, parent: Option<&Task>, hear: Hear) -> Option<Box<dyn Any>>;
}

impl<T: 'static> TaskData<T> {
    /// A static whose values `make` makes, from the task and its parent.
    ///
    /// The parent is `None` for a root, and where a value is made after the parent is gone.
    pub const fn new(make: fn(&Task, Option<&Task>) -> T) -> Self {
        Self { place: AtomicU32::new(NOWHERE), make }
    }

    /// The task's value.
    ///
    /// It is there already as a rule. It is made at the first call where it was not made with the task: the static is in no
    /// table, or in that of a module that was loaded later, or the program's table has an error.
    ///
    /// # Panics
    ///
    /// If the value has to be made and its initialiser panics, or asks for the very value that it makes.
    #[inline]
    pub fn get<'t>(&self, task: &'t Task) -> &'t T {
        let place = self.place.load(Ordering::Relaxed);
        match task.slots().get(place & !LENT).and_then(|made| value(made, place)) {
            Some(value) => value,
            None => self.get_or_make(task),
        }
    }

    #[cold]
    #[expect(clippy::panic, reason = "a watcher's bug, named; the dispatch catches it")]
    fn get_or_make<'t>(&self, task: &'t Task) -> &'t T {
        let make = || self.make(task, task.parent().as_deref(), task.places().hear());
        let place = self.placed(task);
        match fill(task, place & !LENT, make).map(|made| value(made, place)) {
            Ok(Some(value)) => value,
            Ok(None) => panic!("task data of type {} was given another's place", type_name::<T>()),
            Err(Cycle) => panic!("task data of type {} needs itself to be made", type_name::<T>()),
        }
    }

    /// The static's place, taken now if it has none.
    #[expect(clippy::panic, reason = "a module's bug, named; the dispatch catches it")]
    fn placed(&self, task: &Task) -> u32 {
        let is_ours = ptr::eq(task.places(), &PLACES);
        match self.place.load(Ordering::Relaxed) {
            NOWHERE if is_ours => self.place(PLACES.take()),
            place if place != NOWHERE && (is_ours || place & LENT != 0) => place,
            // The supervisor could not find the values when the module goes.
            _ => panic!("task data of type {} in a module: declare it by task_data!", type_name::<T>()),
        }
    }
}

impl<T: 'static> Slot for TaskData<T> {
    fn place(&self, index: u32) -> u32 {
        match self.place.compare_exchange(NOWHERE, index, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => index,
            Err(earlier) => earlier,
        }
    }

    fn settle(&self, index: u32) {
        self.place.store(index | LENT, Ordering::Relaxed);
    }

    fn make(&self, task: &Task, parent: Option<&Task>, hear: Hear) -> Box<dyn Any> {
        Box::new(self.made(Guarded::new(|| (self.make)(task, parent), hear)))
    }

    fn try_make(&self, task: &Task, parent: Option<&Task>, hear: Hear) -> Option<Box<dyn Any>> {
        let made = Guarded::try_new(|| (self.make)(task, parent), hear)?;
        Some(Box::new(self.made(made)))
    }
}

/// A value, and whose it is.
struct Made<T> {
    value: Guarded<T>,
    /// The static's.
    place: u32,
    /// Of the copy of this crate that the static is compiled with: an index of its own may be another's in the same task.
    copy: *const Places,
}

impl<T> TaskData<T> {
    fn made(&self, value: Guarded<T>) -> Made<T> {
        Made { value, place: self.place.load(Ordering::Relaxed), copy: &PLACES }
    }
}

/// What a static of this type with this place has made.
#[inline]
fn value<T: 'static>(made: &dyn Any, place: u32) -> Option<&T> {
    let made = made.downcast_ref::<Made<T>>()?;
    if made.place == place && ptr::eq(made.copy, &PLACES) { made.value.get() } else { None }
}

impl<T: 'static> fmt::Debug for TaskData<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskData").field("type", &type_name::<T>()).finish_non_exhaustive()
    }
}

/// Places the statics of the table, which are given in its total order.
///
/// The first call in the process counts: the table is started once.
pub(crate) fn place_slots(slots: Vec<&'static dyn Slot>) {
    let placed = |slot: &'static dyn Slot| (slot.place(PLACES.take()) & !LENT, slot);
    TABLE.get_or_init(|| slots.into_iter().map(placed).collect());
}

/// Makes the values of the table's statics for a new task, and starts the table before if nobody has.
///
/// What is wrong with a table is told to who starts it or notifies; here, values are then made when asked for. An
/// initialiser that panics is told and leaves its value missing: the watcher that asks for it meets the panic again.
pub(crate) fn make_values(task: &Task) {
    if TABLE.get().is_none() && crate::start().is_err() {
        return;
    }
    make_each(task, TABLE.get().map_or(&[], Vec::as_slice));
}

pub(crate) fn make_each(task: &Task, slots: &[(u32, &'static dyn Slot)]) {
    if slots.is_empty() {
        return;
    }
    let parent = task.parent();
    for (index, slot) in slots {
        let make = || slot.try_make(task, parent.as_deref(), data_panicked::hear);
        // Told already; only what began to make room must not go on.
        let make = || make().unwrap_or_else(|| resume_unwind(Box::new(Missing)));
        let _ = catch_unwind(AssertUnwindSafe(|| fill(task, *index, make).is_ok()));
    }
}

/// There is no value: what the slot's side said of it has been told.
struct Missing;

/// The value with this place, made if need be.
fn fill(task: &Task, index: u32, make: impl FnOnce() -> Box<dyn Any>) -> Result<&dyn Any, Cycle> {
    task.slots().get_or_make(index, task.places(), make)
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        rc::Rc,
    };

    use super::*;

    fn panic_message(run: impl FnOnce()) -> String {
        let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        payload.downcast_ref::<String>().unwrap().clone()
    }

    #[test]
    fn every_task_has_its_own_value() {
        static CALLS: TaskData<Cell<u32>> = TaskData::new(|_, _| Cell::new(100));
        let (a, b) = (Task::builder().build(), Task::builder().build());
        CALLS.get(&a).set(1);
        assert_eq!(CALLS.get(&a).get(), 1);
        assert_eq!(CALLS.get(&b).get(), 100);
    }

    #[test]
    fn the_parent_is_given_while_it_is_there() {
        static HERITAGE: TaskData<Vec<u64>> = TaskData::new(|task, parent| {
            let inherited = parent.map_or(vec![], |parent| HERITAGE.get(parent).clone());
            [inherited, vec![task.id().as_raw()]].concat()
        });
        let root = Task::builder().build();
        let child = Task::builder().parent(&root).build();
        let orphan = Task::builder().parent(&child).build();
        assert_eq!(*HERITAGE.get(&child), [root.id(), child.id()].map(|id| id.as_raw()));
        drop(child);
        assert_eq!(*HERITAGE.get(&orphan), [orphan.id().as_raw()]);
    }

    #[test]
    fn initialisers_ask_for_each_other_in_any_order() {
        static FIRST: TaskData<u32> = TaskData::new(|task, _| SECOND.get(task) + 1);
        static SECOND: TaskData<u32> = TaskData::new(|_, _| 10);
        let task = Task::builder().build();
        assert_eq!((*FIRST.get(&task), *SECOND.get(&task)), (11, 10));
    }

    #[test]
    fn a_cycle_is_named() {
        struct Egg;
        struct Hen;
        static EGG: TaskData<Egg> = TaskData::new(|task, _| {
            let _: &Hen = HEN.get(task);
            Egg
        });
        static HEN: TaskData<Hen> = TaskData::new(|task, _| {
            let _: &Egg = EGG.get(task);
            Hen
        });
        let task = Task::builder().build();
        let message = panic_message(|| {
            EGG.get(&task);
        });
        assert!(message.ends_with("Egg needs itself to be made"), "{message}");
    }

    #[test]
    fn a_place_is_given_once() {
        static EARLY: TaskData<()> = TaskData::new(|_, _| ());
        let place = EARLY.place(PLACES.take());
        assert_eq!(EARLY.place(PLACES.take()), place);
        assert_eq!(EARLY.placed(&Task::builder().build()), place);
        assert!(format!("{EARLY:?}").contains("\"()\""));
    }

    #[test]
    fn another_types_place_is_noticed() {
        static RIGHT: TaskData<u32> = TaskData::new(|_, _| 1);
        static WRONG: TaskData<u64> = TaskData::new(|_, _| 2);
        WRONG.place(RIGHT.placed(&Task::builder().build()));
        let task = Task::builder().build();
        assert_eq!(*RIGHT.get(&task), 1);
        let message = panic_message(|| {
            WRONG.get(&task);
        });
        assert_eq!(message, "task data of type u64 was given another's place");
    }

    thread_local! {
        static MADE: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }

    fn made(name: &'static str) {
        MADE.with_borrow_mut(|made| made.push(name));
    }

    #[test]
    fn the_tables_values_are_made_in_its_order() {
        static A: TaskData<()> = TaskData::new(|_, _| made("a"));
        static B: TaskData<()> = TaskData::new(|_, _| {
            made("b");
            panic!("on purpose");
        });
        static C: TaskData<()> = TaskData::new(|_, _| made("c"));
        let slots: [&'static dyn Slot; 3] = [&A, &B, &C];
        let table = slots.map(|slot| (slot.place(PLACES.take()), slot));

        let task = Task::builder().build();
        make_each(&task, &table);
        assert_eq!(MADE.take(), ["a", "b", "c"]);
        A.get(&task);
        C.get(&task);
        assert_eq!(MADE.take(), [""; 0], "they are there");

        assert!(catch_unwind(AssertUnwindSafe(|| B.get(&task))).is_err());
        assert_eq!(MADE.take(), ["b"], "tried again");
    }

    #[test]
    fn values_go_with_their_task() {
        static SHARED: TaskData<RefCell<Option<Rc<()>>>> = TaskData::new(|_, _| RefCell::default());
        let alive = Rc::new(());
        let task = Task::builder().build();
        SHARED.get(&task).replace(Some(alive.clone()));
        assert_eq!(Rc::strong_count(&alive), 2);
        drop(task);
        assert_eq!(Rc::strong_count(&alive), 1);
    }
}
