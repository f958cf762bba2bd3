//! `task_data!`: slots that the linker finds, made with the task, dropped with it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use watchers::{Task, task_data};

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn log(text: impl Into<String>) {
    LOG.with_borrow_mut(|log| log.push(text.into()));
}

fn logged() -> String {
    LOG.take().join(" ")
}

/// Says when it is made and dropped.
struct Told(&'static str);

impl Told {
    fn new(name: &'static str) -> Self {
        log(format!("+{name}"));
        Self(name)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        log(format!("-{}", self.0));
    }
}

task_data! {
    static SECOND: Told = |_, _| Told::new("second");
    pub(crate) static THIRD: Told = |_task, _parent| Told::new("third");
}

mod a_module {
    use super::Told;

    watchers::task_data! {
        /// In a module, which comes after the root whatever the linker does.
        #[allow(dead_code, reason = "being made is all it has to do")]
        static FOURTH: Told = |_, _| Told::new("fourth");
    }
}

task_data! {
    /// Inherited by children; neither `Send` nor `Sync`.
    static FAMILY: Rc<Cell<u32>> = |_task, parent: Option<&Task>| match parent {
        Some(parent) => Rc::clone(FAMILY.get(parent)),
        None => Rc::new(Cell::new(0)),
    };
    static DEPTH: u32 = |_, parent| parent.map_or(0, |parent| DEPTH.get(parent) + 1);
}

#[test]
fn values_are_made_in_total_order_and_dropped_with_the_task() {
    let task = Task::builder().build();
    assert_eq!(logged(), "+second +third +fourth");
    let _ = (SECOND.get(&task), THIRD.get(&task));
    assert_eq!(logged(), "", "they are there");
    drop(task);
    assert_eq!(logged(), "-second -third -fourth");
}

#[test]
fn a_child_sees_its_parent() {
    let root = Task::builder().build();
    let child = Task::builder().parent(&root).build();
    let grandchild = Task::builder().parent(&child).build();
    FAMILY.get(&grandchild).set(7);
    assert_eq!(FAMILY.get(&root).get(), 7);
    assert_eq!([&root, &child, &grandchild].map(|task| *DEPTH.get(task)), [0, 1, 2]);

    let stranger = Task::builder().build();
    assert_eq!((FAMILY.get(&stranger).get(), *DEPTH.get(&stranger)), (0, 0));
    logged();
}

#[test]
fn a_function_can_have_a_slot_of_its_own() {
    task_data! { static LOCAL: Cell<u8> = |_, _| Cell::new(3); }
    let task = Task::builder().build();
    assert_eq!(LOCAL.get(&task).replace(4), 3);
    assert_eq!(LOCAL.get(&task).get(), 4);
    logged();
}
