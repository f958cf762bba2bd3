//! A table in error: a function is registered twice for one event, where the macro cannot see it.

use std::panic::catch_unwind;

use watchers::{
    Event, ExecEvent, Selection, TableError, Task, notify, registry, start, task_watcher,
    task_watcher as watch,
};

const LINE: u32 = line!() + 4;

#[task_watcher(exec)]
#[watch(exec)]
fn twice(_: &Task) {}

/// Two functions of one name in one module: what is theirs differs.
#[test]
fn of_one_name() {
    #[task_watcher(exit)]
    fn local(_: &Task) {}
}

#[test]
fn of_the_same_name() {
    #[task_watcher(exit)]
    fn local(_: &Task) {}
}

#[test]
fn the_start_shows_both_and_nothing_else_works() {
    let error = start().expect_err("it is there twice");
    let TableError::Duplicate { first, second, .. } = &error else { panic!("{error}") };
    assert_eq!((first.function, second.function), ("twice", "twice"));
    let place = format!("watchers {} at {}:{LINE}", env!("CARGO_PKG_VERSION"), file!());
    assert_eq!(
        error.to_string(),
        format!("the exec watcher `twice::twice` is linked twice: {place} and {place}")
    );

    assert_eq!(start(), Err(error.clone()), "again");
    assert_eq!(registry(), Err(error.clone()));
    assert_eq!(Selection::all().err(), Some(error.clone()));

    let notified =
        catch_unwind(|| notify(&Task::builder().build(), Event::Exec(&ExecEvent::new("ls", ["ls"]))));
    let message = notified.expect_err("there is nobody to ask");
    assert_eq!(message.downcast_ref::<String>(), Some(&error.to_string()));
}
