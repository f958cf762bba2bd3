//! A program without any watcher: nothing is wrong with it.

use watchers::{
    CloneFlags, Event, EventKind, InitEvent, ObjectError, PanicPolicy, Selection, Task, Verdict, notify,
    read_object, registry, start,
};

#[test]
fn an_empty_table_is_a_table() {
    let task = Task::builder().build();
    let init = InitEvent::new(CloneFlags::FORK);
    assert_eq!(notify(&task, Event::Init(&init)), Verdict::GO, "before the start");
    assert_eq!(start(), Ok(()));
    assert_eq!(registry(), Ok(&[][..]));
    assert_eq!(notify(&task, Event::Init(&init)), Verdict::GO);

    let selection = Selection::all().expect("a sound table");
    assert!(selection.events().is_empty());
    assert_eq!(selection.watchers().count(), 0);
    for _ in EventKind::ALL {
        let outcome = selection.notify(&task, Event::Init(&init), PanicPolicy::KillTree);
        assert!(outcome.refusal().is_none() && !outcome.fatal());
    }
}

#[test]
fn no_name_fits() {
    let error = Selection::all().expect("a sound table").without("audit").expect_err("nobody has the name");
    assert_eq!(error.nearest, None);
    assert_eq!(error.to_string(), "no watcher is called `audit`: there are no watchers at all");
}

#[test]
fn the_file_says_so_too() {
    let this = std::env::current_exe().expect("Linux knows");
    assert!(matches!(read_object(&this), Err(ObjectError::NoWatchers)));
}
